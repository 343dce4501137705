import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import {
  startAlertmanager,
  startAlertmanagerPair,
  startPostgres,
  startPrometheus,
  startRedis,
} from 'test-services';
import { afterEach, describe, expect, it } from 'vitest';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));

async function pinged(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.ping();
  } catch {
    return 'down';
  } finally {
    client.disconnect();
  }
}

describe('startRedis', () => {
  it('starts a server that can be killed and started again at the same address', async () => {
    const redis = await startRedis({ breakable: true });
    expect(await pinged(redis.url)).toBe('PONG');
    await redis.kill();
    expect(await pinged(redis.url)).toBe('down');
    await redis.start();
    expect(await pinged(redis.url)).toBe('PONG');
    await redis.stop();
    expect(await pinged(redis.url)).toBe('down');
  }, 120_000);

  it('ends with the process that started it, by SIGKILL too', async () => {
    const program = `import { startRedis } from ${JSON.stringify(built)};
      console.log((await startRedis({ breakable: true })).url);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    expect(await pinged(url)).toBe('PONG');
    owner.kill('SIGKILL');
    await expect.poll(() => pinged(url), { timeout: 10_000 }).toBe('down');
  }, 120_000);
});

describe('a URL in the environment', () => {
  afterEach(() => {
    delete process.env['TEST_REDIS_URL'];
    delete process.env['TEST_DATABASE_URL'];
  });

  it('is used instead of a server of our own, and is never stopped', async () => {
    process.env['TEST_REDIS_URL'] = 'redis://elsewhere:1';
    process.env['TEST_DATABASE_URL'] = 'postgresql://elsewhere:2/x';
    const redis = await startRedis();
    expect(redis.url).toBe('redis://elsewhere:1');
    await expect(redis.kill()).rejects.toThrow('TEST_REDIS_URL');
    await redis.stop();
    expect((await startPostgres()).url).toBe('postgresql://elsewhere:2/x');
  });
});

describe('startPostgres', () => {
  it('answers queries, holds them while paused, and goes on afterwards', async () => {
    const server = await startPostgres({ breakable: true });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    expect((await client.query<{ n: number }>('select 1 as n')).rows).toEqual([{ n: 1 }]);
    await client.end();
    server.pause();
    const waiting = new pg.Client({ connectionString: server.url });
    let connected = false;
    const connecting = waiting.connect().then(() => (connected = true));
    await setTimeout(300);
    expect(connected).toBe(false);
    server.resume();
    await connecting;
    await waiting.end();
    await server.kill();
    await server.start();
    const again = new pg.Client({ connectionString: server.url });
    await again.connect();
    await again.end();
    await server.stop();
  }, 60_000);
});

describe('startPrometheus and startAlertmanager', () => {
  it('start with the configuration given and answer on their URLs', async () => {
    const alertmanager = await startAlertmanager({
      config: JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }),
    });
    const prometheus = await startPrometheus({
      config: JSON.stringify({ global: { scrape_interval: '1s' }, rule_files: ['rules.yml'] }),
      files: {
        'rules.yml': JSON.stringify({
          groups: [{ name: 'g', rules: [{ record: 'one', expr: 'vector(1)' }] }],
        }),
      },
    });
    const rules = (await (await fetch(`${prometheus.url}/api/v1/rules`)).json()) as {
      data: { groups: unknown[] };
    };
    expect(rules.data.groups).toHaveLength(1);
    const status = await fetch(`${alertmanager.url}/api/v2/status`);
    expect(status.status).toBe(200);
    await prometheus.stop();
    await alertmanager.stop();
  }, 180_000);
});

describe('startAlertmanagerPair', () => {
  it('starts two that know of each other: one hears of a silence that the other was told', async () => {
    const [first, second] = await startAlertmanagerPair({
      config: JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }),
    });
    const silence = await fetch(`${first.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'a', value: 'b', isRegex: false }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'test',
        comment: 'told to one',
      }),
    });
    expect(silence.status).toBe(200);
    await expect
      .poll(
        async () =>
          (
            (await (await fetch(`${second.url}/api/v2/silences`)).json()) as { comment: string }[]
          ).map(({ comment }) => comment),
        { timeout: 60_000 },
      )
      .toEqual(['told to one']);
    await Promise.all([first.stop(), second.stop()]);
  }, 180_000);
});
