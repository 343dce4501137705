import type { ServerResponse } from 'node:http';
import { LiveHistory } from './live-history.js';

/** What a moment shows: a point for the charts, and how everything else stands now. */
export interface LiveMoment {
  readonly point: object;
  /** By part of the page; a part is sent again only when it changed. */
  readonly state: Readonly<Record<string, unknown>>;
}

export interface LiveStreamOptions {
  /** Readers at a time. Default 100. */
  readonly maxConnections?: number;
  /** Bytes that may wait for a reader before it is closed. Default 262144, and one whole snapshot. */
  readonly maxBufferedBytes?: number;
  /** A comment is sent when nothing else was for so long. Default 15000. */
  readonly heartbeatMillis?: number;
  /** Points kept for those who come and come back. Default 300. */
  readonly mostKept?: number;
}

interface Reader {
  readonly response: ServerResponse;
  /** What may wait for it; its first message counts, however long it is. */
  readonly mostBuffered: number;
}

/** How long a browser waits before it connects again, once it had been connected. */
const retryMillis = 1000;
/** How long the end of a stream may wait for a reader to take it. */
const patienceMillis = 1000;

/** Sends moments to every reader as server-sent events. A reader that comes back gets what it missed. */
export class LiveStream {
  readonly #maxConnections: number;
  readonly #maxBufferedBytes: number;
  readonly #history: LiveHistory<object>;
  readonly #readers = new Set<Reader>();
  readonly #heartbeat: NodeJS.Timeout;
  #state: ReadonlyMap<string, string> = new Map();
  #closed = false;
  readonly #counts = { published: 0, opened: 0, refused: 0, closedSlow: 0 };

  constructor(options: LiveStreamOptions = {}) {
    this.#maxConnections = options.maxConnections ?? 100;
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 262_144;
    this.#history = new LiveHistory(options.mostKept);
    this.#heartbeat = setInterval(
      () => this.#sendAll(': still here\n\n'),
      options.heartbeatMillis ?? 15_000,
    ).unref();
  }

  publish({ point, state }: LiveMoment): void {
    const parts = new Map(
      Object.entries(state).map(([part, value]) => [part, JSON.stringify(value ?? null)]),
    );
    const changed = [...parts].filter(([part, json]) => this.#state.get(part) !== json);
    this.#state = parts;
    const id = this.#history.add(point);
    this.#counts.published += 1;
    this.#heartbeat.refresh();
    if (this.#readers.size > 0) this.#sendAll(message(id, [point], changed, false));
  }

  /**
   * Answers with the stream until the reader goes. False when there are too many readers; nothing is answered then.
   *
   * @param lastId the `Last-Event-ID` that the reader came with
   */
  open(response: ServerResponse, lastId: string | undefined): boolean {
    if (this.#closed || this.#readers.size >= this.#maxConnections) {
      this.#counts.refused += 1;
      return false;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would gather the events otherwise.
      'x-accel-buffering': 'no',
    });
    const { id, points, whole } = this.#history.since(lastId);
    const first = `retry: ${retryMillis}\n${message(id, points, [...this.#state], whole)}`;
    const reader = { response, mostBuffered: this.#maxBufferedBytes + Buffer.byteLength(first) };
    this.#readers.add(reader);
    this.#counts.opened += 1;
    response.once('close', () => this.#readers.delete(reader));
    // A reader that goes while it is written to is no error of the service.
    response.on('error', () => undefined);
    response.write(first);
    return true;
  }

  stats() {
    return { ...this.#counts, connections: this.#readers.size };
  }

  /** Ends every stream; the browsers come back when somebody listens again. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const { response } of this.#readers) endConnection(response);
  }

  #sendAll(text: string): void {
    for (const reader of this.#readers) {
      const { response, mostBuffered } = reader;
      if (response.writableLength > mostBuffered) {
        this.#counts.closedSlow += 1;
        this.#readers.delete(reader);
        response.destroy();
      } else {
        response.write(text);
      }
    }
  }
}

/** Ends a stream with its connection: one that a reader left open unread would keep the server from closing. */
export function endConnection(response: ServerResponse): void {
  const { socket } = response;
  const timer = setTimeout(() => socket?.destroy(), patienceMillis).unref();
  response.end(() => {
    clearTimeout(timer);
    socket?.destroySoon();
  });
}

function message(
  id: string,
  points: readonly object[],
  state: readonly (readonly [string, string])[],
  whole: boolean,
): string {
  const parts = state.map(([part, json]) => `${JSON.stringify(part)}:${json}`);
  // JSON has no line breaks of its own, so one data line holds it.
  return `id: ${id}\ndata: {"whole":${whole},"points":${JSON.stringify(points)},"state":{${parts.join()}}}\n\n`;
}
