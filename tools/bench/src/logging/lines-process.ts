/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
/** Measures one way to write lines, in CPU ns a line: `lines-process.js <job as JSON>`. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createLogger } from '@llm/logging';
import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import winston from 'winston';
import { median } from '../figures.js';
import { givenJob, tell } from '../fresh-process.js';

export interface LinesJob {
  readonly subject: LineSubject;
  /** File that the lines are appended to. */
  readonly path: string;
  readonly rounds: number;
}

/** Nanoseconds a line, of CPU and by the clock. */
export interface LineNanos {
  readonly cpu: number;
  readonly wall: number;
}

const service = 'compliance-mapper';
/** What a line with some prose holds: texts, ids and a URL, and no secret. */
const prose = 'the control was mapped to the framework without any finding after the second try';
const longFields = (n: number): object => ({
  request_id: '7f3c2a54-6f0c-4a4e-9f6b-0d6a4b7f9d10',
  url: 'https://api.example.com/v1/tenants/acme/controls?limit=50&offset=100',
  model: 'gpt-4o-mini-2024-07-18',
  finishedAt: '2026-01-02T03:04:05.006Z',
  durationMillis: n,
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

/** The request in progress, as our packages share it; a span that is active the way an SDK makes it. */
const storage = new AsyncLocalStorage<{ correlationId: string; tenantId: string }>();
const request = { correlationId: '7f3c2a54-6f0c-4a4e-9f6b-0d6a4b7f9d10', tenantId: 'acme' };
Object.defineProperty(globalThis, Symbol.for('llm.context.v1'), { value: storage });
const span = trace.wrapSpanContext({ traceId, spanId, traceFlags: 1 });
trace.getActiveSpan = () => span;

/** What a user writes by hand, for the peers. */
function ids(): object {
  const context = storage.getStore();
  const span = trace.getActiveSpan()?.spanContext();
  return {
    correlation_id: context?.correlationId,
    tenant_id: context?.tenantId,
    trace_id: span?.traceId,
    span_id: span?.spanId,
    trace_flags: span && `0${span.traceFlags}`,
  };
}

/** One write a tick, or for 64 kB: the same sink for everybody. */
class CoalescingSink {
  readonly #fd: number;
  #text = '';
  #scheduled = false;

  constructor(path: string) {
    this.#fd = openSync(path, 'a');
  }

  readonly write = (line: string): void => {
    this.#text += line;
    if (this.#text.length >= 65_536) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      void setImmediate().then(() => this.#flush());
    }
  };

  #flush(): void {
    this.#scheduled = false;
    const text = this.#text;
    this.#text = '';
    if (text !== '') writeSync(this.#fd, text);
  }
}

const asStream = (sink: CoalescingSink): Writable =>
  new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      sink.write(line);
      done();
    },
  });

const redacted = ['password', 'token', 'authorization'];
/** pino's own time, formatted once a millisecond as ours is. */
let lastTime = NaN;
let lastText = '';
function isoTime(): string {
  const now = Date.now();
  if (now !== lastTime) {
    lastTime = now;
    lastText = `,"timestamp":"${new Date(now).toISOString()}"`;
  }
  return lastText;
}

const pinoOptions = {
  base: { logger: 'root', service },
  timestamp: isoTime,
  formatters: { level: (level: string) => ({ level }) },
  mixin: ids,
  messageKey: 'message',
  redact: redacted,
};

/** The same object each time: the call's own cost is what is measured where nothing is written. */
const fieldsOff = { detector: 'pii', durationMillis: 1 };

type Line = (n: number) => void;
type Make = (path: string) => Line;

const stockWinston = (path: string): winston.Logger =>
  winston.createLogger({
    defaultMeta: { logger: 'root', service },
    format: winston.format.combine(
      winston.format.timestamp(),
      winston.format.errors({ stack: true }),
      winston.format((info) => Object.assign(info, ids()))(),
      winston.format.json(),
    ),
    transports: [new winston.transports.Stream({ stream: asStream(new CoalescingSink(path)) })],
  });

/** Lines of twelve fields: time, level, logger, service, message, five ids, and two of the call. */
export const lineSubjects = {
  '@llm/logging': (path) => {
    const logger = createLogger({ service, destination: path });
    return (n) => logger.info('mapped', { detector: 'pii', durationMillis: n });
  },
  '@llm/logging, nothing masked': (path) => {
    const logger = createLogger({ service, destination: path, redact: false });
    return (n) => logger.info('mapped', { detector: 'pii', durationMillis: n });
  },
  '@llm/logging, long texts': (path) => {
    const logger = createLogger({ service, destination: path });
    return (n) => logger.info(prose, longFields(n));
  },
  '@llm/logging, long texts, nothing masked': (path) => {
    const logger = createLogger({ service, destination: path, redact: false });
    return (n) => logger.info(prose, longFields(n));
  },
  '@llm/logging, child': (path) => {
    const logger = createLogger({ service, destination: path }).child({ detector: 'pii' });
    return (n) => logger.info('mapped', { durationMillis: n });
  },
  '@llm/logging, by winston’s own hooks': (path) => {
    const logger = createLogger({ service, destination: path });
    // Our format, but not the one that the logger was made with: each record goes through winston's streams.
    logger.format = Object.create(logger.format) as winston.Logform.Format;
    return (n) => logger.info('mapped', { detector: 'pii', durationMillis: n });
  },
  '@llm/logging, a level that is off': (path) => {
    const logger = createLogger({ service, destination: path });
    return () => logger.debug('mapped', fieldsOff);
  },
  'no call at all': () => () => undefined,
  winston: (path) => {
    const logger = stockWinston(path);
    return (n) => logger.info('mapped', { detector: 'pii', durationMillis: n });
  },
  'winston, a level that is off': (path) => {
    const logger = stockWinston(path);
    return () => logger.debug('mapped', fieldsOff);
  },
  pino: (path) => {
    const logger = pino(pinoOptions, new CoalescingSink(path));
    return (n) => logger.info({ detector: 'pii', durationMillis: n }, 'mapped');
  },
  'pino, child': (path) => {
    const logger = pino(pinoOptions, new CoalescingSink(path)).child({ detector: 'pii' });
    return (n) => logger.info({ durationMillis: n }, 'mapped');
  },
  'pino, long texts': (path) => {
    const logger = pino(pinoOptions, new CoalescingSink(path));
    return (n) => logger.info(longFields(n), prose);
  },
  'pino, its own asynchronous destination': (path) => {
    const logger = pino(
      pinoOptions,
      pino.destination({ dest: path, sync: false, minLength: 4096 }),
    );
    return (n) => logger.info({ detector: 'pii', durationMillis: n }, 'mapped');
  },
  'pino, a level that is off': (path) => {
    const logger = pino(pinoOptions, new CoalescingSink(path));
    return () => logger.debug(fieldsOff, 'mapped');
  },
} satisfies Record<string, Make>;

export type LineSubject = keyof typeof lineSubjects;

const linesPerTick = 50;

if (process.send) {
  const { subject, path, rounds } = givenJob() as LinesJob;
  const make: Make = lineSubjects[subject];
  const line = make(path);
  const nanos = async (lines: number): Promise<LineNanos> => {
    const begun = process.cpuUsage();
    const begunAt = performance.now();
    for (let done = 0; done < lines; done += linesPerTick) {
      for (let n = 0; n < linesPerTick; n += 1) line(n);
      await setImmediate();
    }
    const { user, system } = process.cpuUsage(begun);
    const wall = ((performance.now() - begunAt) * 1e6) / lines;
    return { cpu: ((user + system) * 1000) / lines, wall };
  };
  await storage.run(request, async () => {
    const warm = await nanos(50_000);
    // About a fifth of a second of CPU each.
    const lines = Math.round(2e8 / Math.max(20, warm.cpu));
    await nanos(lines);
    const measured: LineNanos[] = [];
    for (let round = 0; round < rounds; round += 1) measured.push(await nanos(lines));
    const of = (clock: keyof LineNanos): number => median(measured.map((one) => one[clock]));
    const result: LineNanos = { cpu: of('cpu'), wall: of('wall') };
    tell(result);
  });
  process.disconnect();
}
