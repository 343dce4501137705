import winston, { type Logger, type LoggerOptions } from 'winston';
import type Transport from 'winston-transport';
import { DestinationTransport } from './destination/destination-transport.js';
import { isTerminal, openDestination } from './destination/destination.js';
import { guardTransports } from './destination/guarded-transports.js';
import { noIdentity } from './line/identity.js';
import { layoutOf, lineOf } from './line/line-layout.js';
import { followSignal } from './level/level-signal.js';
import { LevelThresholds } from './level/level-thresholds.js';
import { LineQueue, type Gap } from './destination/line-queue.js';
import { callsOf, emitAt, equip, type CallSettings } from './line/logger-calls.js';
import { maskingOf, type Masking } from './redaction/masking.js';
import {
  defaultLevel,
  resolveOptions,
  verboseLevel,
  type LoggingOptions,
  type ResolvedOptions,
} from './options.js';
import type { Counters, Outlet } from './destination/outlet.js';
import { recordFormat } from './line/record-format.js';
import { recordOf, type RecordSettings } from './line/record.js';
import { BEYOND_ROOT, LEVEL, NAME, setOwn, STAMP, type Info } from './line/info.js';
import { PlainLines } from './line/plain-lines.js';
import { RepeatFolding, type Repeat, type RepeatFoldingOptions } from './line/repeat-folding.js';
import { Shortcut } from './line/shortcut.js';
import { takeStamp } from './line/stamp.js';

/** Everything that one set of options becomes. */
interface Assembly {
  readonly winston: LoggerOptions & { readonly transports: Transport[] };
  readonly calls: CallSettings;
  readonly levelSignal: NodeJS.Signals | undefined;
  readonly foldRepeats: RepeatFoldingOptions | undefined;
}

/** A logger's destination, for flushing. */
const outlets = new WeakMap<Counters, Outlet>();

/**
 * A winston `Logger` that writes one JSON object a line, with the ids of the request and the span.
 *
 * @throws LoggingConfigError when an option cannot be used; afterwards nothing of it throws.
 */
export function createLogger(options?: LoggingOptions): Logger {
  const assembly = assemble(resolveOptions(options));
  const { transports, ...rest } = assembly.winston;
  const logger = winston.createLogger(rest);
  guardTransports(logger, () => callsOf(logger) ?? assembly.calls);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types them as interfaces
  for (const transport of transports) logger.add(transport);
  start(logger, assembly);
  return logger;
}

/** Gives a logger new options; what it wrote to before is flushed and closed. @throws LoggingConfigError */
export function reconfigure(logger: Logger, options: LoggingOptions): void {
  const assembly = assemble(resolveOptions(options));
  callsOf(logger)?.repeats?.close();
  logger.configure(assembly.winston);
  start(logger, assembly);
}

function start(logger: Logger, { calls, levelSignal, foldRepeats }: Assembly): void {
  const repeats =
    foldRepeats &&
    new RepeatFolding(foldRepeats, (repeat) => logger.write(repeatInfo(repeat, calls)));
  equip(logger, { ...calls, repeats });
  followSignal(logger, levelSignal, () => {
    const level = calls.thresholds.toggle();
    emitAt(logger, defaultLevel(calls.levels), [
      'the log level was changed by a signal',
      { to: level },
    ]);
  });
}

/** The destination of a logger or of the logger a child belongs to. */
export function outletOf(logger: Logger): Outlet | undefined {
  const calls = callsOf(logger);
  return calls && outlets.get(calls.counters);
}

/** The line that tells how often another came again; it belongs to no request. */
function repeatInfo({ level, name, text, count }: Repeat, calls: CallSettings): Info {
  const times = count === 1 ? 'once' : `${count.toLocaleString('en-US')} times`;
  const info: Info = { level, message: `repeated ${times}: ${text}`, repeated: count };
  info[LEVEL] = level;
  info[STAMP] = { ...takeStamp(calls.clock), ...noIdentity };
  if (name !== undefined) info[NAME] = name;
  if (calls.thresholds.isBeyondRoot(level)) info[BEYOND_ROOT] = true;
  return info;
}

function assemble(options: ResolvedOptions): Assembly {
  const counters: Counters = {
    written: 0,
    dropped: 0,
    failed: 0,
    folded: 0,
    missed: 0,
    lastError: undefined,
  };
  const masking: Masking | undefined =
    options.redact === false ? undefined : maskingOf(options.redact);
  const record: RecordSettings = {
    name: options.name,
    service: options.service,
    limits: options.limits,
    masking,
    errorFields: options.errorFields,
    layout: layoutOf(options.preset, options.severity, options.levels),
  };
  const transports: Transport[] = [...options.transports];
  const own = openTransport(options, record, counters);
  if (own) transports.unshift(own);
  const lines = new PlainLines(record);
  const plain = { lines, isLineAll: () => shortcut?.isUnwatched() === true };
  const format = recordFormat(
    record,
    options.clock,
    own?.needsRecords === true ? undefined : plain,
  );
  const shortcut = own && new Shortcut(lines, own, format, options.clock);
  return {
    levelSignal: options.levelSignal,
    winston: {
      level: options.level,
      levels: options.levels,
      format,
      defaultMeta: options.fields,
      // The rule mistakes the list for the single transport that winston takes as well.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
      transports,
      exitOnError: options.exitOnError,
      silent: options.silent,
    },
    calls: {
      maxBacklogBytes: options.maxBufferBytes,
      clock: options.clock,
      counters,
      levels: options.levels,
      thresholds: new LevelThresholds(options.name, options.level, verboseLevel(options.levels)),
      repeats: undefined,
      shortcut,
    },
    foldRepeats: options.foldRepeats,
  };
}

function openTransport(
  options: ResolvedOptions,
  record: RecordSettings,
  counters: Counters,
): DestinationTransport | undefined {
  const { destination, levels, format } = options;
  if (destination === false) return undefined;
  const warn = ['warn', 'warning'].find((level) => Object.hasOwn(levels, level)) ?? options.level;
  const outlet = openDestination(destination, {
    queue: new LineQueue(options.maxBufferBytes),
    counters,
    flushTimeoutMillis: options.flushTimeoutMillis,
    signals: options.flushOnSignals,
    gapLine: (gap) => {
      const info = {
        [LEVEL]: warn,
        message: 'log lines were dropped',
        ...droppedFields(gap, levels),
        last_error: counters.lastError,
      };
      const stamp = { ...noIdentity, time: options.clock.now() };
      return `${lineOf(recordOf(info, stamp, record), record.layout)}\n`;
    },
  });
  outlets.set(counters, outlet);
  const terminal = isTerminal(destination);
  return new DestinationTransport(outlet, {
    pretty: format === 'pretty' || (format === 'auto' && terminal),
    colors: terminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
    handleExceptions: options.handleExceptions,
    handleRejections: options.handleRejections,
    levels,
    urgentRank: levels['error'] ?? Math.min(...Object.values(levels)),
  });
}

/** How many lines were dropped, and of which levels. */
function droppedFields(gap: Gap, levels: Readonly<Record<string, number>>) {
  const names = new Map(Object.entries(levels).map(([level, rank]) => [rank, level]));
  let dropped = 0;
  const byLevel: Record<string, number> = {};
  for (const [rank, count] of gap) {
    dropped += count;
    setOwn(byLevel, names.get(rank) ?? 'other', count);
  }
  return { dropped, dropped_by_level: byLevel };
}
