import { Writable } from 'node:stream';
import { matches, type Pattern } from './matching.js';

/** A line as it would be read from the log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Which lines are meant: fields that they must have (of nested ones, a part; of texts, a pattern), or a function. */
export type LogMatch = Pattern | ((line: LogLine) => boolean);

/** How long a line is waited for. */
export interface WaitOptions {
  /** How long to wait, milliseconds. Default: 2000. */
  readonly timeoutMillis?: number | undefined;
}

/** What a logger wrote, as objects. */
export interface CapturedLogs {
  /** Give it to the logger: `createLogger({ destination: logs.destination })`. */
  readonly destination: Writable;
  /** All lines since the last `clear`, oldest first. */
  readonly lines: readonly LogLine[];
  /** The first line that matches. */
  find(match: LogMatch): LogLine | undefined;
  /** All lines that match. */
  filter(match: LogMatch): LogLine[];
  /** Forgets all lines. */
  clear(): void;
  /** The first line that matches, as soon as it is there. Rejects with the lines that came instead. */
  waitFor(match: LogMatch, options?: WaitOptions): Promise<LogLine>;
}

/** A destination that keeps the lines, for tests. What is no JSON stands as it is under `message`. */
export function captureLogs(): CapturedLogs {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  let rest = '';
  const destination = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const texts = (rest + chunk.toString()).split('\n');
      rest = texts.pop() ?? '';
      for (const text of texts) {
        const line = parse(text);
        lines.push(line);
        for (const look of [...waiting]) look(line);
      }
      done();
    },
  });
  const find = (match: LogMatch): LogLine | undefined => lines.find((line) => isMeant(line, match));
  return {
    destination,
    lines,
    find,
    filter: (match) => lines.filter((line) => isMeant(line, match)),
    clear() {
      lines.length = 0;
    },
    waitFor(match, { timeoutMillis = 2000 } = {}) {
      return new Promise((resolve, reject) => {
        const finish = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const look = (line: LogLine): void => {
          try {
            if (!isMeant(line, match)) return;
            finish();
            resolve(line);
          } catch (error) {
            finish();
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the test threw
            reject(error);
          }
        };
        const timer = setTimeout(() => {
          finish();
          const seen = lines.map((line) => `\n  ${JSON.stringify(line)}`).join('');
          const what = typeof match === 'function' ? String(match) : describe(match);
          reject(
            new Error(`no line of ${what} within ${timeoutMillis} ms, but:${seen || ' none'}`),
          );
        }, timeoutMillis);
        waiting.add(look);
        for (const line of [...lines]) {
          if (!waiting.has(look)) return;
          look(line);
        }
      });
    },
  };
}

function isMeant(line: LogLine, match: LogMatch): boolean {
  return typeof match === 'function' ? match(line) : matches(line, match);
}

function parse(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as LogLine;
  } catch {
    // A line for the eyes.
  }
  return { message: text };
}

function describe(pattern: Pattern): string {
  return JSON.stringify(pattern, (_key, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  );
}
