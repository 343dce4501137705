import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookBody } from '../src/index.js';

export interface Received {
  readonly at: number;
  readonly headers: IncomingMessage['headers'];
  readonly raw: string;
  readonly body: WebhookBody;
}

/** A real HTTP receiver that records what it gets and answers as it is told. */
export async function startReceiver(
  answer: (response: ServerResponse, count: number, received: Received) => void = (response) =>
    response.writeHead(204).end(),
) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString();
      const body = JSON.parse(raw) as WebhookBody;
      const one = { at: performance.now(), headers: request.headers, raw, body };
      received.push(one);
      answer(response, received.length, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    /** kind of every notification, in order. */
    kinds: () => received.flatMap(({ body }) => body.notifications.map(({ kind }) => kind)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
