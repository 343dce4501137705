import type { Server } from 'node:http';
import { Duplex } from 'node:stream';

const body = JSON.stringify({ text: 'a claim of a patient, 42 years', tags: ['a', 'b'] });
const request = Buffer.from(
  'POST /map/7 HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nUser-Agent: bench\r\n' +
    'X-Correlation-ID: order-7:retry.1\r\n' +
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n' +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);

/** One side of a connection within the process: what goes through it costs no system call. */
class InnerSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 40_000;
  readonly localPort = 3000;
  readonly #answered: (answer: Buffer) => void;

  constructor(answered: (answer: Buffer) => void) {
    super();
    this.#answered = answered;
  }

  override _read(): void {
    // Requests are pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    done();
    this.#answered(chunk);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    done();
    const [first] = chunks;
    if (first !== undefined) this.#answered(first.chunk);
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }
}

/**
 * Requests over connections within the process. Over real ones, what the kernel takes to wake the client
 * is a third of all, differs with the speed of the server, and hides what tracing adds.
 */
export class Load {
  readonly #sockets: InnerSocket[];
  #left = 0;
  #open = 0;
  #done: () => void = () => undefined;

  constructor(server: Server, connections: number) {
    this.#sockets = Array.from({ length: connections }, () => {
      const socket = new InnerSocket((answer) => {
        if (!answer.toString('latin1', 0, 12).startsWith('HTTP/1.1 200')) {
          throw new Error(`an answer: ${answer.toString()}`);
        }
        this.#next(socket);
      });
      server.emit('connection', socket);
      return socket;
    });
  }

  /** Sends so many requests, one after the other on each connection. */
  send(requests: number): Promise<void> {
    return new Promise((resolve) => {
      this.#left = requests;
      this.#open = this.#sockets.length;
      this.#done = resolve;
      for (const socket of this.#sockets) this.#next(socket);
    });
  }

  #next(socket: InnerSocket): void {
    if (this.#left-- > 0) setImmediate(() => socket.push(request));
    else if (--this.#open === 0) this.#done();
  }
}
