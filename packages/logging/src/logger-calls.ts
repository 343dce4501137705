import winston, { type Logger } from 'winston';
import { copyFields, LEVEL, NAME, SPLAT, STAMP, type Info } from './info.js';
import { infoOf, isError, isFields } from './log-call.js';
import type { Counters } from './outlet.js';
import { defaultLevel } from './options.js';
import { isHandlerInfo } from './record.js';
import { takeStamp, type Clock } from './stamp.js';

/** What the calls of a logger need; `configureLogging` exchanges it as a whole. */
export interface CallSettings {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly levels: Readonly<Record<string, number>>;
}

const CALLS = Symbol('llm.logging.calls');
type Equipped = Logger & { [CALLS]?: CallSettings };

/** What a logger of ours, or a child of one, was equipped with. */
export function callsOf(logger: Logger): CallSettings | undefined {
  return (logger as Equipped)[CALLS];
}

/**
 * Gives a winston logger calls that throw nothing, mutate nothing of the caller's, cost little below
 * the level, and stamp time and ids at the call. They hand on winston's own info objects, so its
 * formats, transports and children go on as they are.
 */
export function equip(logger: Logger, settings: CallSettings): void {
  const before = callsOf(logger)?.levels ?? {};
  for (const level of Object.keys(before)) Reflect.deleteProperty(logger, level);
  define(logger, CALLS, settings);
  define(logger, 'write', rootWrite(logger));
  define(logger, 'child', child);
  define(logger, 'log', log(logger));
  for (const level of Object.keys(settings.levels)) {
    // winston itself keeps these names: a level called `log` or `close` has no method of its own.
    if (level in winston.Logger.prototype) continue;
    define(logger, level, function (this: unknown, ...args: unknown[]) {
      return emit(isEquipped(this) ? this : logger, level, args);
    });
  }
}

function emit(logger: Logger, level: string, args: readonly unknown[]): Logger {
  if (logger.silent || !logger.isLevelEnabled(level)) return logger;
  const { clock } = callsOf(logger) ?? { clock: Date };
  const info = infoOf(level, args);
  info[STAMP] = takeStamp(clock);
  logger.write(info);
  return logger;
}

function log(root: Logger) {
  return function (this: unknown, ...args: unknown[]): Logger {
    const logger = isEquipped(this) ? this : root;
    const [level, ...rest] = args;
    if (args.length > 1) return emitAt(logger, level, rest);
    if (!isFields(level)) return emitAt(logger, defaultLevel(logger.levels), args);
    const info = entryOf(level, logger);
    if (logger.isLevelEnabled(String(info[LEVEL])) || isHandlerInfo(info)) logger.write(info);
    return logger;
  };
}

/** Logs at a level that may not exist: the line then comes at the default level and says so. */
export function emitAt(logger: Logger, level: unknown, args: readonly unknown[]): Logger {
  if (typeof level === 'string' && Object.hasOwn(logger.levels, level)) {
    return emit(logger, level, args);
  }
  return emit(logger, defaultLevel(logger.levels), [...args, { level }]);
}

/** A copy of winston's one-object form `{ level, message, ... }`, which came by `log` or `write`. */
function entryOf(source: unknown, logger: Logger): Info {
  const info: Info = {};
  if (isError(source)) {
    const { level } = source as { level?: unknown };
    Object.assign(info, { level, message: source });
  } else if (isFields(source)) {
    copyFields(info, source, (key) => key);
    const from = source as Info;
    for (const symbol of [LEVEL, SPLAT] as const) {
      if (from[symbol] !== undefined) Object.assign(info, { [symbol]: from[symbol] });
    }
    if (!isHandlerInfo(info)) {
      for (const key of ['exception', 'rejection']) {
        if (!Object.hasOwn(info, key)) continue;
        info[`fields.${key}`] = info[key];
        Reflect.deleteProperty(info, key);
      }
    }
  } else {
    info['message'] = source;
  }
  const level = info[LEVEL] ?? info['level'];
  if (typeof level !== 'string' || !Object.hasOwn(logger.levels, level)) {
    if (level !== undefined) info['fields.level'] = level;
    info['level'] = defaultLevel(logger.levels);
  }
  info[LEVEL] = info['level'] as string;
  return info;
}

/** winston's child, with bindings that may throw and may be named like ours. */
function child(this: Logger, bindings: object): Logger {
  const name = nameIn(bindings);
  const write = (info: Info, ...rest: unknown[]): boolean => {
    const merged: Info = {};
    if (isFields(bindings)) copyFields(merged, bindings);
    if (name !== undefined) merged[NAME] = name;
    Object.assign(merged, info[STAMP] === undefined ? entryOf(info, this) : info);
    return (this.write as (...args: unknown[]) => boolean)(merged, ...rest);
  };
  return Object.create(this, {
    write: { value: write, configurable: true, writable: true },
  }) as Logger;
}

function nameIn(bindings: object): string | undefined {
  try {
    return (bindings as Info | undefined)?.[NAME];
  } catch {
    return undefined;
  }
}

/** The one way in: everything that is logged, profiled, piped or caught comes through it. */
function rootWrite(logger: Logger) {
  const write = Reflect.get(winston.Logger.prototype, 'write') as (...args: unknown[]) => boolean;
  return (source: unknown, ...rest: unknown[]): boolean => {
    const settings = callsOf(logger);
    const stamped = isFields(source) && (source as Info)[STAMP] !== undefined;
    const entry = stamped ? (source as Info) : entryOf(source, logger);
    const info: Info = {};
    // Weaker than a child's bindings, which in winston they overwrite.
    if (isFields(logger.defaultMeta)) copyFields(info, logger.defaultMeta);
    Object.assign(info, entry);
    if (!stamped) info[STAMP] = takeStamp(settings?.clock ?? Date);
    // winston would keep the line in memory for ever, or emit an error that ends the process.
    if (logger.transports.length === 0 || !logger.writable) {
      if (settings) settings.counters.dropped++;
      const callback: unknown = rest.at(-1);
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    }
    return write.call(logger, info, ...rest);
  };
}

function isEquipped(value: unknown): value is Logger {
  return typeof value === 'object' && value !== null && CALLS in value;
}

function define(logger: Logger, key: string | symbol, value: unknown): void {
  Object.defineProperty(logger, key, { value, configurable: true, writable: true });
}
