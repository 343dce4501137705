import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that a server was sent. */
export interface ModelRequest {
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * What goes wrong, asked for by a header `x-fault`, or by who started the server:
 * - `status-NNN`: an error with this HTTP status, whose message repeats the request
 * - `garbage`: a body that is no JSON
 * - `cut`: the connection breaks within the answer
 * - `truncate`: a stream ends in good order, before it is complete
 * - `error-event`: a stream tells of an error, and ends
 * - `bad-chunk`: a stream holds a chunk that is no JSON
 * - `hang`: a stream goes on without a word until the client leaves
 * - `silence`: no answer at all
 * - `slow-NNN`: a stream's first chunk comes after so many milliseconds
 */
export type Fault =
  | `status-${number}`
  | 'garbage'
  | 'cut'
  | 'truncate'
  | 'error-event'
  | 'bad-chunk'
  | 'hang'
  | 'silence'
  | `slow-${number}`;

export interface ModelServer {
  /** Without a path. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Answers that the client left before they were complete. */
  readonly left: number;
  close(): Promise<void>;
}

/** A request being answered. */
export interface Exchange {
  readonly request: ModelRequest;
  readonly fault: string | undefined;
  json(body: unknown, status?: number, headers?: Readonly<Record<string, string>>): void;
  /**
   * Sends events one by one, with a pause for the loop between them. With a fault, it happens after
   * `faultAfter` of them.
   */
  events(events: readonly string[], faultAfter: number, errorEvent: string): Promise<void>;
}

/** Starts a server on a free port of the loopback interface. */
export async function startModelServer(
  answer: (exchange: Exchange) => void | Promise<void>,
  faultOf: () => Fault | undefined = () => undefined,
): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const sockets = new Set<Socket>();
  let left = 0;
  const server: Server = createServer((req, res) => {
    res.on('close', () => {
      if (!res.writableFinished) left++;
    });
    void read(req).then(async (body) => {
      const request = { path: req.url ?? '', body, headers: req.headers };
      requests.push(request);
      const header = req.headers['x-fault'];
      const fault = typeof header === 'string' ? header : faultOf();
      if (fault === 'silence') return;
      if (fault === 'garbage') {
        res.writeHead(200, { 'content-type': 'application/json' }).end('{"choices": [');
        return;
      }
      await answer(exchange(request, fault, res));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get left() {
      return left;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function exchange(request: ModelRequest, fault: string | undefined, res: ServerResponse): Exchange {
  return {
    request,
    fault,
    json: (body, status = 200, headers = {}) => {
      res
        .writeHead(status, {
          'content-type': 'application/json',
          'x-request-id': 'req_test',
          'request-id': 'req_test',
          ...headers,
        })
        .end(JSON.stringify(body));
    },
    events: async (events, faultAfter, errorEvent) => {
      res.writeHead(200, {
        'content-type': 'text/event-stream',
        'x-request-id': 'req_test',
        'request-id': 'req_test',
      });
      res.flushHeaders();
      if (fault?.startsWith('slow-') === true) await sleep(Number(fault.slice(5)));
      const breaks = fault !== undefined && !fault.startsWith('slow-');
      for (const [index, event] of events.entries()) {
        if (breaks && index === faultAfter) {
          if (fault === 'hang') return;
          if (fault === 'cut') {
            res.destroy();
            return;
          }
          if (fault === 'error-event') res.write(errorEvent);
          if (fault === 'bad-chunk') res.write('data: {"choices": [\n\n');
          res.end();
          return;
        }
        if (res.destroyed) return;
        res.write(event);
        await sleep(1);
      }
      res.end();
    },
  };
}

async function read(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The status that a fault asks for. */
export function faultStatus(fault: string | undefined): number | undefined {
  return fault?.startsWith('status-') === true ? Number(fault.slice(7)) : undefined;
}

/** One event of a stream. */
export function sse(data: unknown, event?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}
