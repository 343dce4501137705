import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that can cut its connections after what was sent has arrived and before it is answered. */
export interface SeveringProxy {
  readonly url: string;
  /** The next answer is not passed on: the connection is cut instead. */
  severBeforeAnswer(): void;
  close(): Promise<void>;
}

/** Forwards to the Redis at this address. */
export async function startSeveringProxy(url: string): Promise<SeveringProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let severing = false;
  const server = createServer((client) => {
    const redis = connect(Number(target.port), target.hostname);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        redis.destroy();
      });
    }
    client.pipe(redis);
    redis.on('data', (answer) => {
      if (!severing) return void client.write(answer);
      severing = false;
      client.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    severBeforeAnswer: () => (severing = true),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
