import type { Logger, Logform } from 'winston';
import type { DestinationTransport } from '../destination/destination-transport.js';
import { currentIdentity } from './identity.js';
import type { BoundFields } from './bound-fields.js';
import { isPlainCall } from './log-call.js';
import type { PlainLines } from './plain-lines.js';
import type { Clock } from './stamp.js';

/** What of a winston logger's inside says that nothing stands between it and its one transport. */
interface Inside {
  readonly format?: unknown;
  readonly _readableState?: { readonly pipes?: unknown; readonly length?: number };
  readonly _writableState?: { readonly length?: number; readonly corked?: number };
  readonly _events?: Readonly<Record<string, unknown>>;
}

/**
 * The way of a plain record from the call straight to our destination, past winston's streams and
 * formats, which would give the same line. It is closed as soon as a user has added a format, a
 * transport or a listener that would have to see the record.
 */
export class Shortcut {
  readonly #lines: PlainLines;
  readonly #transport: DestinationTransport;
  readonly #format: Logform.Format;
  readonly #clock: Clock;
  #root: Inside | undefined;

  constructor(
    lines: PlainLines,
    transport: DestinationTransport,
    format: Logform.Format,
    clock: Clock,
  ) {
    this.#lines = lines;
    this.#transport = transport;
    this.#format = format;
    this.#clock = clock;
  }

  /** To be called once the logger is there. */
  attach(root: Logger): void {
    this.#root = root;
  }

  /** Whether our transport is the logger's only one, and has no level of its own. */
  isAlone(): boolean {
    return this.isOnly() && this.#transport.level === undefined;
  }

  /** Whether our transport is the only one and nobody listens: a record's line is all that is needed. */
  isUnwatched(): boolean {
    return (
      this.isOnly() &&
      // The pipe's own listener.
      typeof this.#root?._events?.['data'] === 'function' &&
      this.#transport.isBare
    );
  }

  /** Whether the logger is as it was made, and nothing waits in its streams. */
  isOpen(): boolean {
    const root = this.#root;
    return (
      this.isUnwatched() &&
      this.#transport.level === undefined &&
      root?.format === this.#format &&
      root._readableState?.length === 0 &&
      root._writableState?.length === 0 &&
      root._writableState.corked === 0
    );
  }

  /** Whether our transport is the logger's only one. */
  isOnly(): boolean {
    const pipes = this.#root?._readableState?.pipes;
    const transport = this.#transport;
    return (
      pipes === transport || (Array.isArray(pipes) && pipes.length === 1 && pipes[0] === transport)
    );
  }

  /** Writes the line of a call with one or two arguments; false where it needs the careful way. */
  log(
    level: string,
    length: number,
    message: unknown,
    fields: unknown,
    bound: BoundFields | undefined,
  ): boolean {
    const lines = this.#lines;
    try {
      if (length === 1 ? typeof message !== 'string' : !isPlainCall(message, fields)) return false;
      let text = '';
      if (bound !== undefined) {
        const above = bound.refresh(lines).text;
        if (above === undefined) return false;
        text = above;
      }
      if (length === 2) {
        const own = lines.fields(fields as object, bound?.keys);
        if (own === undefined) return false;
        text += own;
      }
      const time = this.#clock.now();
      const line = lines.line(level, bound?.name, message, time, currentIdentity(), text);
      if (line === undefined) return false;
      this.#transport.logLine(line, level);
      return true;
    } catch {
      // A getter or a clock that throws.
      return false;
    }
  }
}
