import { escapeUnsafe } from '../line/json-line.js';
import { isError, isFields } from '../line/log-call.js';
import { resolveOptions } from '../options.js';
import { maskingOf, type RedactOptions } from '../redaction/masking.js';
import type { Limits } from '../line/plain-value.js';
import { addIdentity } from './correlation-mixin.js';
import { PinoMasking } from './pino-masking.js';

/** What is masked in pino's lines; the options of the same names of `createLogger`. */
export interface PinoMaskingOptions {
  /** What to mask besides and except the well-known secret keys; false masks nothing. Default: `{}`. */
  readonly redact?: RedactOptions | false | undefined;
  /** How large a record may become. */
  readonly limits?: Partial<Limits> | undefined;
}

type Fields = Record<string, unknown>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as pino types them
type LogMethod = (this: any, args: any, method: any, level: number) => void;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as pino types it
type Serializer = (value: any) => unknown;

/** Those of pino's options that are extended, and kept, when they are given. */
export interface PinoOptionsLike {
  readonly errorKey?: string | undefined;
  readonly messageKey?: string | undefined;
  readonly serializers?: Readonly<Record<string, Serializer>> | undefined;
  readonly formatters?:
    | {
        readonly bindings?: ((bindings: Fields) => object) | undefined;
        readonly log?: ((fields: Fields) => object) | undefined;
      }
    | undefined;
  readonly hooks?:
    | {
        readonly logMethod?: LogMethod | undefined;
        readonly streamWrite?: ((line: string) => string) | undefined;
      }
    | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a logger of pino's
  readonly onChild?: ((child: any) => void) | undefined;
}

/** What `pinoOptions` adds to the options of pino. */
export interface PinoAdditions {
  serializers: Record<string, Serializer>;
  formatters: {
    bindings: (bindings: Fields) => Fields;
    log: (fields: Fields) => Fields;
  };
  hooks: { logMethod: LogMethod; streamWrite: (line: string) => string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a logger of pino's
  onChild: (child: any) => void;
}

/**
 * Options for pino whose lines carry the same ids as ours and are masked as ours are: by key at any
 * depth, bindings of children included, and by pattern. `pino(pinoOptions({ level: 'debug' }))`.
 *
 * @param own pino's options; formatters, hooks and serializers among them go on working, theirs masked
 * @throws LoggingConfigError naming the option of `settings` that is wrong
 */
export function pinoOptions<T extends object>(
  own: T & PinoOptionsLike = {} as T & PinoOptionsLike,
  settings: PinoMaskingOptions = {},
): Omit<T, keyof PinoAdditions> & PinoAdditions {
  const { redact, limits } = resolveOptions(
    { redact: settings.redact, limits: settings.limits },
    {},
  );
  const masking = redact === false ? undefined : maskingOf(redact);
  const pino = new PinoMasking(limits, masking);
  const errorKey = own.errorKey ?? 'err';
  const serializers = serializersOf(own, errorKey, pino);
  // Errors are plain before any serializer sees them, a child's too: pino's repeats what is in them.
  const raw = new Set(Object.keys(serializers).filter((key) => key !== errorKey && key !== 'err'));
  return {
    ...own,
    serializers,
    formatters: {
      ...own.formatters,
      bindings: (bindings) => pino.fields(own.formatters?.bindings?.(bindings) ?? bindings, raw),
      log: (fields) => addIdentity(pino.fields(own.formatters?.log?.(fields) ?? fields, raw)),
    },
    hooks: {
      ...own.hooks,
      logMethod: logMethod(own, errorKey, pino),
      streamWrite: (line) => escapeUnsafe(own.hooks?.streamWrite?.(line) ?? line),
    },
    onChild(child: object) {
      maskChild(child, pino);
      own.onChild?.(child);
    },
  };
}

function serializersOf(
  own: PinoOptionsLike,
  errorKey: string,
  pino: PinoMasking,
): Record<string, Serializer> {
  const serializers: Record<string, Serializer> = {
    req: (request: { method?: string; routeOptions?: { url?: string } } | undefined) => ({
      method: request?.method,
      route: request?.routeOptions?.url,
    }),
    res: (response: { statusCode?: number } | undefined) => ({ status: response?.statusCode }),
    [errorKey]: (error: unknown) => (isError(error) ? pino.error(error) : error),
  };
  for (const [key, serializer] of Object.entries(own.serializers ?? {})) {
    serializers[key] = (value: unknown) => {
      try {
        return pino.value(key, serializer(value));
      } catch {
        return '[Throws]';
      }
    };
  }
  return serializers;
}

/** An error's own text becomes pino's message, and arguments become part of it: both are masked first. */
function logMethod(own: PinoOptionsLike, errorKey: string, pino: PinoMasking): LogMethod {
  const messageKey = own.messageKey ?? 'msg';
  const next = own.hooks?.logMethod;
  return function (this: unknown, args: unknown[], method: unknown, level: number): void {
    const masked = args.map((value, index) =>
      index === 0 && typeof value !== 'string' ? value : pino.argument(value),
    );
    const [first, text] = args;
    if (text === undefined) {
      const error = isError(first) ? first : errorIn(first, errorKey, messageKey);
      if (error !== undefined) masked[1] = pino.errorMessage(error);
    }
    if (next === undefined) Reflect.apply(method as () => void, this, masked);
    else next.call(this, masked, method, level);
  };
}

function errorIn(fields: unknown, errorKey: string, messageKey: string): object | undefined {
  if (!isFields(fields)) return undefined;
  try {
    const { [errorKey]: error, [messageKey]: message } = fields as Fields;
    return isError(error) && message === undefined ? error : undefined;
  } catch {
    return undefined;
  }
}

/** A child has its bindings as text, and pino asks no formatter for them. */
function maskChild(child: object, pino: PinoMasking): void {
  const key = Object.getOwnPropertySymbols(child).find(
    ({ description }) => description === 'pino.chindings',
  );
  const text: unknown = key && Reflect.get(child, key);
  if (key === undefined || typeof text !== 'string') {
    process.emitWarning('pino keeps the bindings of children elsewhere: they are not masked', {
      code: 'LLM_LOGGING_PINO_BINDINGS',
    });
    return;
  }
  Reflect.set(child, key, pino.bindings(text));
  const { setBindings } = child as { setBindings?: (bindings: object) => void };
  const parent = Object.getPrototypeOf(child) as object;
  if (setBindings === undefined || Object.hasOwn(parent, 'setBindings')) return;
  Object.assign(child, {
    setBindings(this: object, bindings: object) {
      setBindings.call(this, pino.fields(bindings));
    },
  });
}
