import type { Logger } from 'winston';
import { LoggingConfigError } from '../config-error.js';
import { copyFields } from '../line/info.js';
import { isError, isFields } from '../line/log-call.js';

/** How a value under a key of that name is written. */
export type Serializers = Readonly<Record<string, (value: never) => unknown>>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- pino's calls: (text, ...), (fields, text?, ...), (error, text?)
type LogFunction = (...args: any[]) => void;

/** The logger that Fastify asks for: pino's calls, written by a winston logger. */
export interface FastifyLogger {
  level: string;
  readonly serializers: Serializers;
  /** The levels that routes may have, by which Fastify judges theirs. */
  readonly levels: { readonly values: Readonly<Record<string, number>> };
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

const pinoLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
type PinoLevel = (typeof pinoLevels)[number];

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
  const names = levelsOf(logger.levels);
  const values: Record<string, number> = { ...logger.levels, silent: Infinity };
  for (const [name, level] of Object.entries(names)) values[name] = logger.levels[level] ?? 0;
  return new Adapter(() => logger, names, { values }, defaultSerializers);
}

type Levels = Readonly<Record<PinoLevel, string>>;

function levelsOf(levels: Readonly<Record<string, number>>): Levels {
  const least = Object.entries(levels).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return Object.fromEntries(
    pinoLevels.map((name) => [
      name,
      equals[name].find((one) => Object.hasOwn(levels, one)) ?? least,
    ]),
  ) as Levels;
}

/** A child is made for every request, and most are never used: its winston logger is made with its first line. */
class Adapter implements FastifyLogger {
  readonly serializers: Serializers;
  readonly levels: { readonly values: Readonly<Record<string, number>> };
  private readonly make: () => Logger;
  private readonly names: Levels;
  private own: Logger | undefined;

  constructor(
    make: () => Logger,
    names: Levels,
    levels: FastifyLogger['levels'],
    serializers: Serializers,
  ) {
    this.make = make;
    this.names = names;
    this.levels = levels;
    this.serializers = serializers;
  }

  get level(): string {
    const logger = this.logger();
    return logger.silent ? 'silent' : logger.level;
  }

  set level(name: string) {
    setLevel(this.logger(), name, this.names);
  }

  fatal(...args: unknown[]): void {
    this.log(this.names.fatal, args);
  }

  error(...args: unknown[]): void {
    this.log(this.names.error, args);
  }

  warn(...args: unknown[]): void {
    this.log(this.names.warn, args);
  }

  info(...args: unknown[]): void {
    this.log(this.names.info, args);
  }

  debug(...args: unknown[]): void {
    this.log(this.names.debug, args);
  }

  trace(...args: unknown[]): void {
    this.log(this.names.trace, args);
  }

  silent(): void {
    // As it says.
  }

  child(
    bindings: object,
    { level, serializers }: { readonly level?: string; readonly serializers?: object } = {},
  ): FastifyLogger {
    const all =
      serializers === undefined
        ? this.serializers
        : withoutPrototype({ ...this.serializers, ...(serializers as Serializers) });
    const bound = serialized(bindings, all);
    const make = (): Logger => this.logger().child(bound);
    const child = new Adapter(make, this.names, this.levels, all);
    // Fastify asked for the others when the route was added; a request is no place to fail.
    if (level !== undefined && Object.hasOwn(this.levels.values, level)) child.level = level;
    return child;
  }

  private logger(): Logger {
    return (this.own ??= this.make());
  }

  private log(level: string, args: readonly unknown[]): void {
    const logger = this.logger();
    const [first, text] = args;
    if (!isFields(first)) {
      const swapped = isError(first) && typeof text === 'string';
      const [, , ...rest] = args;
      Reflect.apply(logger.log, logger, [level, ...(swapped ? [text, ...rest, first] : args)]);
      return;
    }
    // Below the level nothing is serialized.
    if (isSerialized(first, this.serializers) && !logger.isLevelEnabled(level)) return;
    const fields = serialized(first, this.serializers);
    if (typeof text === 'string') {
      // pino's (fields, text, ...) as winston's (text, ..., fields).
      if (args.length === 2) logger.log(level, text, fields);
      else Reflect.apply(logger.log, logger, [level, text, ...args.slice(2), fields]);
      return;
    }
    const { error, ...others } = fields;
    if (isError(error)) Reflect.apply(logger.log, logger, [level, error, others]);
    else logger.log(level, '', fields);
  }
}

function setLevel(logger: Logger, name: string, levels: Levels): void {
  const silent = name === 'silent';
  logger.silent = silent;
  if (silent) return;
  const known = Object.hasOwn(levels, name) ? levels[name as PinoLevel] : name;
  if (!Object.hasOwn(logger.levels, known)) {
    const expected = `one of ${pinoLevels.join(', ')}, silent, ${Object.keys(logger.levels).join(', ')}`;
    throw new LoggingConfigError('level', name, expected);
  }
  logger.level = known;
}

function isSerialized(fields: object, serializers: Serializers): boolean {
  try {
    for (const key in fields) if (serializers[key] !== undefined) return true;
    return false;
  } catch {
    // A proxy's own doing, which copying survives.
    return true;
  }
}

/** A field may be called `constructor`. */
function withoutPrototype(serializers: Serializers): Serializers {
  return Object.assign(Object.create(null) as Serializers, serializers);
}

/** Fields with their serializers applied; pino's `err` is `error` in a line of ours. */
function serialized(fields: object, serializers: Serializers): Record<string, unknown> {
  if (!isSerialized(fields, serializers)) return fields as Record<string, unknown>;
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
const defaultSerializers: Serializers = withoutPrototype({
  req: (request: { method?: string; routeOptions?: { url?: string } }) => ({
    method: request.method,
    route: request.routeOptions?.url,
  }),
  res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
  err: (error: unknown) => error,
});
