import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpSender } from '../../src/channels/http-sender.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(handle: Parameters<typeof createServer>[1]) {
  const server = createServer({ keepAliveTimeout: 60_000 }, handle);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sender = new HttpSender('test', { url: `http://127.0.0.1:${port}/` });
  cleanups.push(async () => {
    await sender.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { server, sender, connections: () => connections };
}

const context = () => ({ signal: new AbortController().signal, now: Date.now });

describe('a sender', () => {
  it('uses one connection for requests that follow each other', async () => {
    const { sender, connections } = await serve((request, response) => {
      request.resume().on('end', () => response.end('yes'));
    });
    for (let index = 0; index < 5; index += 1) {
      expect(await sender.post('{}', {}, context())).toMatchObject({ status: 200, body: 'yes' });
      await new Promise(setImmediate);
    }
    expect(connections()).toBe(1);
  });

  it('opens a new connection when the kept one turns out to be closed', async () => {
    let requests = 0;
    const { sender, connections } = await serve((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.resetAndDestroy();
      else request.resume().on('end', () => response.end());
    });
    await sender.post('{}', {}, context());
    await new Promise(setImmediate);
    expect((await sender.post('{}', {}, context())).status).toBe(200);
    expect([requests, connections()]).toEqual([3, 2]);
  });

  it('reads no more than it needs of an answer without end', async () => {
    const { sender } = await serve((request, response) => {
      const piece = Buffer.alloc(16_384, 'x');
      const write = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', write);
      request.resume();
      write();
    });
    expect((await sender.post('{}', {}, context())).body).toHaveLength(65_536);
  });

  it('ends when it is aborted', async () => {
    const { sender } = await serve(() => undefined);
    const controller = new AbortController();
    const sent = sender.post('{}', {}, { signal: controller.signal, now: Date.now });
    setTimeout(() => controller.abort(), 30);
    await expect(sent).rejects.toThrow('no answer (ABORT_ERR)');
  });
});
