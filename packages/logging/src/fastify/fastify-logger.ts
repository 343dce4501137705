import type { Logger } from 'winston';
import { LoggingConfigError } from '../config-error.js';
import { copyFields } from '../info.js';
import { isError, isFields } from '../log-call.js';

/** How a value under a key of that name is written. */
export type Serializers = Readonly<Record<string, (value: never) => unknown>>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- pino's calls: (text, ...), (fields, text?, ...), (error, text?)
type LogFunction = (...args: any[]) => void;

/** The logger that Fastify asks for: pino's calls, written by a winston logger. */
export interface FastifyLogger {
  level: string;
  readonly serializers: Serializers;
  readonly fatal: LogFunction;
  readonly error: LogFunction;
  readonly warn: LogFunction;
  readonly info: LogFunction;
  readonly debug: LogFunction;
  readonly trace: LogFunction;
  readonly silent: LogFunction;
  child(
    bindings: object,
    options?: { readonly level?: string; readonly serializers?: object },
  ): FastifyLogger;
}

const names = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
type PinoLevel = (typeof names)[number];

/** Which of a logger's levels stands for one of pino's; the first that exists. */
const equals: Readonly<Record<PinoLevel, readonly string[]>> = {
  fatal: ['fatal', 'emerg', 'crit', 'error'],
  error: ['error', 'err', 'fatal'],
  warn: ['warn', 'warning', 'error'],
  info: ['info', 'notice', 'warn', 'warning', 'error'],
  debug: ['debug', 'verbose', 'trace', 'info'],
  trace: ['trace', 'silly', 'debug', 'info'],
};

/**
 * A winston logger as Fastify's own: `Fastify({ loggerInstance: fastifyLogger(logger) })`. `fatal` and
 * `trace` go to the nearest levels that the logger has (`error` and `silly` of winston's npm levels).
 *
 * @throws LoggingConfigError when it is no winston logger
 */
export function fastifyLogger(logger: Logger): FastifyLogger {
  const given: unknown = logger;
  if (!isFields(given) || typeof (given as Partial<Logger>).child !== 'function') {
    throw new LoggingConfigError('logger', given, 'a winston logger');
  }
  const levels = levelsOf(logger.levels);
  return adapter(logger, levels, defaultSerializers);
}

type Levels = Readonly<Record<PinoLevel, string>>;

function levelsOf(levels: Readonly<Record<string, number>>): Levels {
  const least = Object.entries(levels).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return Object.fromEntries(
    names.map((name) => [name, equals[name].find((one) => Object.hasOwn(levels, one)) ?? least]),
  ) as Levels;
}

function adapter(logger: Logger, levels: Levels, serializers: Serializers): FastifyLogger {
  const method =
    (name: PinoLevel): LogFunction =>
    (...args: unknown[]) => {
      // Below the level nothing is serialized.
      if (!logger.isLevelEnabled(levels[name])) return;
      Reflect.apply(logger.log, logger, [levels[name], ...winstonOrder(args, serializers)]);
    };
  return {
    get level() {
      return logger.silent ? 'silent' : logger.level;
    },
    set level(name: string) {
      setLevel(logger, name, levels);
    },
    serializers,
    fatal: method('fatal'),
    error: method('error'),
    warn: method('warn'),
    info: method('info'),
    debug: method('debug'),
    trace: method('trace'),
    silent: () => {},
    child(bindings, options = {}) {
      const own = { ...serializers, ...(options.serializers as Serializers | undefined) };
      const child = logger.child(serialized(bindings, own));
      if (options.level !== undefined) setLevel(child, options.level, levels);
      return adapter(child, levels, own);
    },
  };
}

function setLevel(logger: Logger, name: string, levels: Levels): void {
  const silent = name === 'silent';
  logger.silent = silent;
  if (silent) return;
  const known = Object.hasOwn(levels, name) ? levels[name as PinoLevel] : name;
  if (!Object.hasOwn(logger.levels, known)) {
    const expected = `one of ${names.join(', ')}, silent, ${Object.keys(logger.levels).join(', ')}`;
    throw new LoggingConfigError('level', name, expected);
  }
  logger.level = known;
}

/** pino's (fields, text, ...) as winston's (text, ..., fields). */
function winstonOrder(args: readonly unknown[], serializers: Serializers): readonly unknown[] {
  const [first, text, ...rest] = args;
  if (isError(first)) return typeof text === 'string' ? [text, ...rest, first] : args;
  if (!isFields(first)) return args;
  const fields = serialized(first, serializers);
  if (typeof text === 'string') return [text, ...rest, fields];
  const { error, ...others } = fields;
  return isError(error) ? [error, others] : ['', fields];
}

/** Fields with their serializers applied; pino's `err` is `error` in a line of ours. */
function serialized(fields: object, serializers: Serializers): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  copyFields(written, fields, (key) => key);
  for (const key of Object.keys(written)) {
    const serializer = serializers[key] as ((value: unknown) => unknown) | undefined;
    if (serializer === undefined || written[key] === undefined) continue;
    try {
      written[key] = serializer(written[key]);
    } catch {
      written[key] = '[Throws]';
    }
  }
  if (isError(written['err']) && written['error'] === undefined) {
    const { err, ...rest } = written;
    return { ...rest, error: err };
  }
  return written;
}

/** Fastify's own serializers write the path with its query, the client's address and all fields of an error. */
const defaultSerializers: Serializers = {
  req: (request: { method?: string; routeOptions?: { url?: string } }) => ({
    method: request.method,
    route: request.routeOptions?.url,
  }),
  res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
  err: (error: unknown) => error,
};
