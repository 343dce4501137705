import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** A real server on the loopback that ends with its test. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A request whose response is read until its head is there, and then left. */
export async function leaveAfterHead(url: string): Promise<void> {
  const sent = request(url);
  sent.on('error', () => {});
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  sent.destroy();
}

/** A bare connection, and what came back on it. */
export async function openConnection(url: string): Promise<{
  readonly socket: Socket;
  readonly text: () => string;
  readonly until: (condition: (text: string) => boolean) => Promise<void>;
}> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return {
    socket,
    text: () => text,
    async until(condition) {
      while (!condition(text)) await once(socket, 'data');
    },
  };
}
