import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A balancer that gives each request to the next server in turn. */
export interface Balancer {
  readonly url: string;
  /** Takes these from now on. */
  use(targets: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Round robin on loopback. A server that refuses the connection is passed over, as every balancer does; what breaks
 * later is answered with 502, since the server may have done the work.
 */
export async function startBalancer(): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let targets: readonly string[] = [];
  let turn = 0;

  const forward = (incoming: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const attempt = (left: number): void => {
      const target = targets[turn % Math.max(1, targets.length)];
      turn += 1;
      if (target === undefined || left === 0) {
        response.writeHead(502).end();
        return;
      }
      const headers = { ...incoming.headers };
      delete headers.connection;
      const outgoing = request(
        target + (incoming.url ?? '/'),
        { agent, method: incoming.method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
          answer.once('error', () => response.destroy());
        },
      );
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED') attempt(left - 1);
        else if (!response.headersSent) response.writeHead(502).end();
      });
      outgoing.end(body);
    };
    attempt(targets.length);
  };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => forward(incoming, response, Buffer.concat(chunks)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (next) => (targets = next),
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
