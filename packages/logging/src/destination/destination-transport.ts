import Transport from 'winston-transport';
import { BEYOND_ROOT, LEVEL, MESSAGE, RECORD, type Info } from '../line/info.js';
import type { Outlet } from './outlet.js';
import { prettyLine } from '../line/pretty-line.js';

const acceptByLevel = Reflect.get(Transport.prototype, '_accept') as (
  this: Transport,
  write: object,
) => boolean;

export interface DestinationTransportOptions {
  readonly pretty: boolean;
  readonly colors: boolean;
  readonly handleExceptions: boolean;
  readonly handleRejections: boolean;
  /** The levels by severity, 0 the most severe. */
  readonly levels: Readonly<Record<string, number>>;
  /** From this severity up, lines are handed over before the logging call returns. */
  readonly urgentRank: number;
}

/** The winston transport that hands finished lines to an outlet. */
export class DestinationTransport extends Transport {
  readonly outlet: Outlet;
  readonly #options: DestinationTransportOptions;

  constructor(outlet: Outlet, options: DestinationTransportOptions) {
    super({
      handleExceptions: options.handleExceptions,
      handleRejections: options.handleRejections,
    });
    this.outlet = outlet;
    this.#options = options;
  }

  override log(info: Info, next: () => void): void {
    const fatal = info['exception'] === true || info['rejection'] === true;
    const rank = this.#rankOf(String(info[LEVEL]));
    const urgent = fatal || rank <= this.#options.urgentRank;
    this.outlet.write(`${this.#textOf(info)}\n`, urgent, rank);
    next();
    if (this.#events?.['logged'] !== undefined) this.emit('logged', info);
    if (fatal) this.#tellHandler();
  }

  // winston goes by the root logger's level, where a logger of a name may have one of its own.
  override _write(info: Info, encoding: BufferEncoding, done: () => void): void {
    if (info[BEYOND_ROOT] === true && this.#isWithoutLevel()) this.log(info, done);
    else super._write(info, encoding, done);
  }

  _accept(write: { readonly chunk: Info }): boolean {
    return (
      (write.chunk[BEYOND_ROOT] === true && this.#isWithoutLevel()) ||
      acceptByLevel.call(this, write)
    );
  }

  #isWithoutLevel(): boolean {
    return this.level === undefined && this.silent !== true && this.format === undefined;
  }

  /** Whether it renders records itself, rather than write their lines. */
  get needsRecords(): boolean {
    return this.#options.pretty;
  }

  /** Whether nothing was set or hung on it that would have to see the record of a line. */
  get isBare(): boolean {
    const { silent, format } = this as { readonly silent?: unknown; readonly format?: unknown };
    return (
      !this.#options.pretty &&
      silent !== true &&
      format === undefined &&
      this.#events?.['logged'] === undefined
    );
  }

  /** Cheaper to ask than `listenerCount`. */
  get #events(): Readonly<Record<string, unknown>> | undefined {
    return (this as unknown as { readonly _events?: Readonly<Record<string, unknown>> })._events;
  }

  /** Writes a finished line of JSON, as `log` does. */
  logLine(line: string, level: string): void {
    const rank = this.#rankOf(level);
    this.outlet.write(`${line}\n`, rank <= this.#options.urgentRank, rank);
  }

  #rankOf(level: string): number {
    return this.#options.levels[level] ?? Infinity;
  }

  override close(): void {
    this.outlet.close();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.outlet.close(callback);
  }

  // With a format of the user's own, its line is the line.
  #textOf(info: Info): string {
    const record = info[RECORD];
    if (this.#options.pretty && record !== undefined)
      return prettyLine(record, this.#options.colors);
    const line = info[MESSAGE];
    return typeof line === 'string' ? line : String(info['message']);
  }

  // winston's exception handler waits for `finish`, three seconds at most, before it exits. It unpipes
  // whoever emits it, so that is for a process that does exit.
  #tellHandler(): void {
    const { _ending: ending, parent } = this as unknown as {
      _ending?: boolean;
      parent?: { exitOnError: unknown };
    };
    if (ending !== true || parent?.exitOnError !== true) return;
    setImmediate(() => {
      void this.outlet.flush().then(() => this.emit('finish'));
    });
  }
}
