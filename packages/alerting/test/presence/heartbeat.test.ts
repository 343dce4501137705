import { afterEach, describe, expect, it } from 'vitest';
import { AlertingConfigError, AlertingSystem, type HeartbeatOptions } from '../../src/index.js';
import { breakableStore } from '../breakable-store.js';
import { startReceiver } from '../receiver.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(answer?: Parameters<typeof startReceiver>[0]) {
  const receiver = await startReceiver(answer);
  cleanups.push(receiver.stop);
  const { store, down } = breakableStore();
  const errors: string[] = [];
  const system = new AlertingSystem({
    channels: [],
    store,
    heartbeat: { url: receiver.url, intervalMillis: 1000, timeoutMillis: 200 },
    onError: ({ message }) => errors.push(message),
  });
  cleanups.push(() => system.stop(100));
  return { system, down, errors, ...receiver };
}

describe('the heartbeat', () => {
  it('is sent at once, again and again, and ends with the system', async () => {
    const { system, received } = await setUp();
    system.start();
    await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    expect(received[0]?.raw).toBe('{}');
    await system.stop();
    const { length } = received;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(received).toHaveLength(length);
    expect((await system.stats()).heartbeat).toEqual({ sent: length, failed: 0, withheld: 0 });
  });

  it('is withheld while the store cannot be reached, which is told once', async () => {
    const { system, received, down, errors } = await setUp();
    down(true);
    system.start();
    const withheld = async () => (await system.stats()).heartbeat?.withheld;
    await expect.poll(withheld, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect(received).toEqual([]);
    expect(errors.filter((message) => message.includes('heartbeat'))).toEqual([
      'the heartbeat is withheld: the store cannot be reached (connection refused)',
    ]);
    down(false);
    await expect.poll(() => received.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
  });

  it('that is not taken or not answered is counted, and nothing reaches the host', async () => {
    const { system, errors } = await setUp((response, count) => {
      if (count === 1) response.writeHead(500).end();
    });
    system.start();
    const failed = async () => (await system.stats()).heartbeat?.failed;
    await expect.poll(failed, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    expect(errors).toEqual([
      'the heartbeat failed: answered 500',
      'the heartbeat failed: the time is over',
    ]);
  });
});

it.each<[Partial<HeartbeatOptions>, string]>([
  [{}, 'heartbeat.url: must be a URL'],
  [{ url: 'ftp://x' }, 'heartbeat.url: must be http or https'],
  [{ url: 'http://x', intervalMillis: 10 }, 'heartbeat.intervalMillis: '],
  [{ url: 'http://x', allowedHosts: ['y'] }, 'its host is not allowed'],
  [{ url: 'http://x', every: 1 } as never, 'heartbeat.every: unknown key'],
])('refuses %j', (heartbeat, message) => {
  const make = () => new AlertingSystem({ channels: [], heartbeat: heartbeat as HeartbeatOptions });
  expect(make).toThrow(AlertingConfigError);
  expect(make).toThrow(message);
});
