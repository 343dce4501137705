import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { LiveStream, type LiveStreamOptions } from '../../src/live/live-stream.js';

interface Message {
  readonly id: string;
  readonly whole: boolean;
  readonly points: readonly object[];
  readonly state: Readonly<Record<string, unknown>>;
}

interface Connection {
  readonly response: IncomingMessage;
  messages(): Message[];
  text(): string;
}

interface ConnectOptions {
  readonly lastId?: string;
  /** Whether it takes what is sent. */
  readonly reads?: boolean;
}

async function start(options: LiveStreamOptions = {}) {
  const stream = new LiveStream(options);
  const server = createServer((request, response) => {
    if (!stream.open(response, request.headers['last-event-id'] as string | undefined)) {
      response.writeHead(503).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    stream.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const connect = async ({ lastId, reads = true }: ConnectOptions = {}): Promise<Connection> => {
    const outgoing = get({
      port,
      agent: false,
      headers: lastId === undefined ? {} : { 'last-event-id': lastId },
    });
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    let text = '';
    const messages = (): Message[] =>
      text.split('\n\n').flatMap((block) => {
        const [, id] = /^id: (.*)$/m.exec(block) ?? [];
        const [, data] = /^data: (.*)$/m.exec(block) ?? [];
        return id === undefined || data === undefined
          ? []
          : [{ id, ...(JSON.parse(data) as Omit<Message, 'id'>) }];
      });
    if (reads) response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { response, messages, text: () => text };
  };
  return { stream, server, connect };
}

it('sends a whole snapshot first, then each moment with the parts that changed', async () => {
  const { stream, connect } = await start();
  stream.publish({ point: { at: 1 }, state: { a: 1, b: 'line\nbreak' } });
  const { messages, response } = await connect();
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  expect(response.headers).not.toHaveProperty('content-encoding');
  await expect.poll(messages).toHaveLength(1);
  stream.publish({ point: { at: 2 }, state: { a: 2, b: 'line\nbreak' } });
  stream.publish({ point: { at: 3 }, state: { a: 2, b: 'line\nbreak', c: undefined } });
  await expect.poll(messages).toHaveLength(3);
  expect(messages().map(({ whole, points, state }) => ({ whole, points, state }))).toEqual([
    { whole: true, points: [{ at: 1 }], state: { a: 1, b: 'line\nbreak' } },
    { whole: false, points: [{ at: 2 }], state: { a: 2 } },
    { whole: false, points: [{ at: 3 }], state: { c: null } },
  ]);
});

it('gives a reader that comes back the points that it missed and the whole state', async () => {
  const { stream, connect } = await start();
  stream.publish({ point: { at: 1 }, state: { a: 1 } });
  const first = await connect();
  await expect.poll(first.messages).toHaveLength(1);
  first.response.destroy();
  await expect.poll(() => stream.stats().connections).toBe(0);
  stream.publish({ point: { at: 2 }, state: { a: 1 } });
  stream.publish({ point: { at: 3 }, state: { a: 1 } });
  const again = await connect({ lastId: first.messages()[0]!.id });
  await expect.poll(again.messages).toHaveLength(1);
  expect(again.messages()).toMatchObject([
    { whole: false, points: [{ at: 2 }, { at: 3 }], state: { a: 1 } },
  ]);
  const stranger = await connect({ lastId: '0123456789ab-1' });
  await expect.poll(stranger.messages).toHaveLength(1);
  expect(stranger.messages()[0]).toMatchObject({ whole: true, id: again.messages()[0]!.id });
});

it('refuses readers beyond the limit, and takes one when another has gone', async () => {
  const { stream, connect } = await start({ maxConnections: 2 });
  const first = await connect();
  await connect();
  expect((await connect()).response.statusCode).toBe(503);
  expect(stream.stats()).toMatchObject({ connections: 2, opened: 2, refused: 1 });
  first.response.destroy();
  await expect.poll(() => stream.stats().connections).toBe(1);
  expect((await connect()).response.statusCode).toBe(200);
});

it('closes a reader that does not read instead of keeping what it lacks, and goes on for the others', async () => {
  const { stream, connect } = await start({ maxBufferedBytes: 100_000 });
  const slow = await connect({ reads: false });
  const quick = await connect();
  const closed = once(slow.response.socket, 'close');
  // The sockets' own buffers take some megabytes before anything waits in the service.
  const size = 500_000;
  for (let published = 1; stream.stats().closedSlow === 0; published += 1) {
    expect(published).toBeLessThan(100);
    stream.publish({ point: { at: published, text: 'x'.repeat(size) }, state: {} });
    await expect.poll(() => quick.text().length, { interval: 5 }).toBeGreaterThan(published * size);
  }
  expect(stream.stats()).toMatchObject({ closedSlow: 1, connections: 1 });
  slow.response.resume();
  await closed;
  expect(quick.response.destroyed).toBe(false);
}, 20_000);

it('sends a comment when there has been nothing to say', async () => {
  const { connect } = await start({ heartbeatMillis: 10 });
  const { text, messages } = await connect();
  await expect.poll(text).toContain('\n\n: still here\n\n');
  expect(messages()).toHaveLength(1);
});

it('ends its streams when it is closed, and takes no more', async () => {
  const { stream, connect } = await start();
  const { response, messages } = await connect();
  await expect.poll(messages).toHaveLength(1);
  const ended = once(response, 'end');
  stream.close();
  await ended;
  expect((await connect()).response.statusCode).toBe(503);
});

it('lets the server close, whether readers have read to the end or not', async () => {
  const { stream, server, connect } = await start({ maxBufferedBytes: 50_000_000 });
  await connect({ reads: false });
  const behind = await connect({ reads: false });
  await connect();
  const text = 'x'.repeat(1_000_000);
  for (let n = 0; n < 20; n += 1) stream.publish({ point: { n, text }, state: {} });
  stream.close();
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await closed;
  behind.response.resume();
  await expect.poll(() => stream.stats().connections).toBe(0);
});
