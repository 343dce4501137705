import winston, { type Logger } from 'winston';
import { BoundFields } from './bound-fields.js';
import { addInfo, BEYOND_ROOT, copyFields, LEVEL, NAME, SPLAT, STAMP, type Info } from './info.js';
import type { LevelThresholds } from '../level/level-thresholds.js';
import { infoOf, isError, isFields } from './log-call.js';
import type { Counters } from '../destination/outlet.js';
import { defaultLevel } from '../options.js';
import { isHandlerInfo } from './record.js';
import type { RepeatFolding } from './repeat-folding.js';
import type { Shortcut } from './shortcut.js';
import { takeStamp, type Clock } from './stamp.js';

/** What the calls of a logger need; `configureLogging` exchanges it as a whole. */
export interface CallSettings {
  readonly clock: Clock;
  readonly counters: Counters;
  /** What may wait for a transport of others, bytes. */
  readonly maxBacklogBytes: number;
  readonly levels: Readonly<Record<string, number>>;
  readonly thresholds: LevelThresholds;
  /** Counts lines that repeat; undefined where all are written. */
  readonly repeats: RepeatFolding | undefined;
  /** The short way to a destination of ours; undefined where there is none. */
  readonly shortcut: Shortcut | undefined;
}

const CALLS = Symbol('llm.logging.calls');
const BOUND = Symbol('llm.logging.bound');
type Equipped = Logger & { [CALLS]?: CallSettings; [BOUND]?: BoundFields };

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
  settings.shortcut?.attach(logger);
  settings.thresholds.attach(logger);
  define(logger, 'write', rootWrite(logger));
  define(logger, 'child', child);
  const methods = new Map<unknown, LevelMethod>();
  for (const level of Object.keys(settings.levels)) {
    const method = levelMethod(logger, level, settings);
    methods.set(level, method);
    // winston itself keeps these names: a level called `log` or `close` has no method of its own.
    if (!(level in winston.Logger.prototype)) define(logger, level, method);
  }
  define(logger, 'log', log(logger, methods));
  for (const end of ['close', 'end'] as const) define(logger, end, ending(logger, end));
}

/** winston lets go of its transports at once: what was only counted is told before. */
function ending(logger: Logger, end: 'close' | 'end') {
  const method = Reflect.get(winston.Logger.prototype, end) as (...args: unknown[]) => unknown;
  return (...args: unknown[]): unknown => {
    callsOf(logger)?.repeats?.close();
    return method.apply(logger, args);
  };
}

/** No rest parameter, and little is looked up: below the level not even a list of arguments is made. */
function levelMethod(root: Logger, level: string, settings: CallSettings) {
  const { levels, shortcut, repeats } = settings;
  const rank = levels[level] ?? Infinity;
  let threshold: string | undefined;
  let thresholdRank = -Infinity;
  return function (this: unknown, message?: unknown, fields?: unknown): Logger {
    const logger = isEquipped(this) ? this : root;
    // eslint-disable-next-line prefer-rest-params
    const { length } = arguments;
    if (repeats !== undefined && isRepeat(logger, level, message, fields)) return logger;
    if (shortcut !== undefined && logger.levels === levels) {
      if (logger.level !== threshold) {
        threshold = logger.level;
        thresholdRank = levels[threshold] ?? -Infinity;
      }
      if (rank > thresholdRank) {
        if (shortcut.isAlone()) return logger;
      } else if ((length === 1 || length === 2) && !logger.silent && shortcut.isOpen()) {
        const bound = boundTo(logger, root);
        if (shortcut.log(level, length, message, fields, bound)) return logger;
      }
    }
    if (length === 1) return emit(logger, level, [message]);
    if (length === 2) return emit(logger, level, [message, fields]);
    // eslint-disable-next-line prefer-rest-params
    return emit(logger, level, [...arguments]);
  };
}

/** The fields of a logger and its parents; the root's are whatever its `defaultMeta` is now. */
function boundTo(logger: Logger, root: Logger): BoundFields | undefined {
  const { defaultMeta } = root as { defaultMeta?: unknown };
  const atRoot = (root as Equipped)[BOUND];
  if (!isFields(defaultMeta)) {
    if (atRoot !== undefined) Reflect.deleteProperty(root, BOUND);
  } else if (atRoot?.source !== defaultMeta) {
    define(root, BOUND, new BoundFields(defaultMeta, () => undefined));
  }
  return (logger as Equipped)[BOUND];
}

function emit(logger: Logger, level: string, args: readonly unknown[]): Logger {
  const calls = callsOf(logger);
  if (logger.silent || !isEnabled(logger, level, calls)) return logger;
  const info = infoOf(level, args);
  if (calls?.thresholds.isBeyondRoot(level, logger) === true) info[BEYOND_ROOT] = true;
  // Our own transport has no use for the context.
  info[STAMP] = takeStamp(calls?.clock ?? Date, calls?.shortcut?.isOnly() !== true);
  logger.write(info);
  return logger;
}

/** Whether a line would be written, and repeats one of its window: then it is counted. */
function isRepeat(logger: Logger, level: string, message: unknown, fields: unknown): boolean {
  const calls = callsOf(logger);
  if (calls?.repeats === undefined || logger.silent || !isEnabled(logger, level, calls)) {
    return false;
  }
  const bound = (logger as Equipped)[BOUND];
  if (!calls.repeats.folds(level, bound?.loggerName, message, fields)) return false;
  calls.counters.folded++;
  return true;
}

/** winston's `isLevelEnabled`, without asking every transport where there is but ours. */
function isEnabled(logger: Logger, level: string, calls: CallSettings | undefined): boolean {
  if (calls?.shortcut?.isAlone() !== true) return logger.isLevelEnabled(level);
  const { levels } = logger;
  return (levels[level] ?? Infinity) <= (levels[logger.level] ?? -Infinity);
}

type LevelMethod = (this: unknown, ...args: unknown[]) => Logger;

function log(root: Logger, methods: ReadonlyMap<unknown, LevelMethod>) {
  return function (this: unknown, ...args: unknown[]): Logger {
    const logger = isEquipped(this) ? this : root;
    const level = args[0];
    const method = methods.get(level);
    if (args.length === 2 && method !== undefined) return method.call(logger, args[1]);
    if (args.length === 3 && method !== undefined) return method.call(logger, args[1], args[2]);
    if (args.length > 1) return emitAt(logger, level, args.slice(1));
    if (!isFields(level)) return emitAt(logger, defaultLevel(logger.levels), args);
    const info = entryOf(level, logger);
    const name = String(info[LEVEL]);
    if (!isHandlerInfo(info) && isRepeat(logger, name, info['message'], info)) return logger;
    if (!logger.isLevelEnabled(name) && !isHandlerInfo(info)) return logger;
    if (callsOf(logger)?.thresholds.isBeyondRoot(name) === true) info[BEYOND_ROOT] = true;
    logger.write(info);
    return logger;
  };
}

/** Logs at a level that may not exist: the line then comes at the default level and says so. */
export function emitAt(logger: Logger, level: unknown, args: readonly unknown[]): Logger {
  if (typeof level === 'string' && Object.hasOwn(logger.levels, level)) {
    return isRepeat(logger, level, args[0], args[1]) ? logger : emit(logger, level, args);
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
    for (const symbol of [LEVEL, SPLAT, BEYOND_ROOT] as const) {
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
    addInfo(merged, info[STAMP] === undefined ? entryOf(info, this) : info);
    return (this.write as (...args: unknown[]) => boolean)(merged, ...rest);
  };
  const bound = new BoundFields(
    isFields(bindings) ? bindings : {},
    () => (this as Equipped)[BOUND],
    name,
  );
  const made = Object.create(this, {
    write: { value: write, configurable: true, writable: true },
    [BOUND]: { value: bound },
  }) as Logger;
  if (name !== undefined) followName(made, name, this);
  return made;
}

/** The level of a child with a name is that of its name, where one was set, or else its parent's. */
function followName(logger: Logger, name: string, parent: Logger): void {
  Object.defineProperty(logger, 'level', {
    get: () => callsOf(parent)?.thresholds.of(name) ?? parent.level,
    set(this: Logger, level: string) {
      Object.defineProperty(this, 'level', {
        value: level,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    },
    configurable: true,
    enumerable: true,
  });
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
  return (source: unknown, encoding?: unknown, done?: unknown): boolean => {
    const settings = callsOf(logger);
    const stamped = isStamped(source);
    let info = stamped ? source : entryOf(source, logger);
    // Weaker than a child's bindings, which in winston they overwrite.
    if (isFields(logger.defaultMeta)) {
      const entry = info;
      info = {};
      copyFields(info, logger.defaultMeta);
      addInfo(info, entry);
    }
    if (!stamped) info[STAMP] = takeStamp(settings?.clock ?? Date);
    // winston would keep the line in memory for ever, or emit an error that ends the process.
    if (logger.transports.length === 0 || !logger.writable) {
      if (settings) settings.counters.dropped++;
      const callback = done ?? encoding;
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    }
    return encoding === undefined && done === undefined
      ? write.call(logger, info)
      : write.call(logger, info, encoding, done);
  };
}

function isStamped(source: unknown): source is Info {
  try {
    return (source as Info | null | undefined)?.[STAMP] !== undefined;
  } catch {
    return false;
  }
}

function isEquipped(value: unknown): value is Logger {
  return (value as Partial<Equipped> | null | undefined)?.[CALLS] !== undefined;
}

function define(logger: Logger, key: string | symbol, value: unknown): void {
  Object.defineProperty(logger, key, { value, configurable: true, writable: true });
}
