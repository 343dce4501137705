import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a receiver behaves, changeable while it runs. */
export interface ReceiverBehaviour {
  /** Answers with 200 or 202 (`accept`), with a status of yours, or never (`hang`). Default `accept`. */
  answer: 'accept' | 'hang' | number;
  /** Whether spans are kept, or only counted. Default true. */
  keep: boolean;
}

/** What receivers by HTTP have in common. */
export async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Ends a request as the behaviour says; false: it was not accepted. */
export function refuses({ answer }: ReceiverBehaviour, res: ServerResponse): boolean {
  if (answer === 'accept') return false;
  if (answer !== 'hang') res.writeHead(answer).end();
  return true;
}
