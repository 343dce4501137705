import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort, startPostgres, startRedis } from 'test-services';
import { expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

const text = 'Write to jane.roe@example.com.';

async function statOf(app: RunningApp, component: string, stat: string): Promise<number> {
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  const line = metrics
    .split('\n')
    .find((each) =>
      each.startsWith(`llm_component_stats{component="${component}",stat="${stat}"}`),
    );
  return Number(line?.split(' ').at(-1) ?? 'NaN');
}

it('answers while the trace collectors are dead, and counts the spans that are lost', async () => {
  const postgres = await startPostgres();
  const dead = `http://127.0.0.1:${await freePort()}`;
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    OTEL_TRACES_EXPORTER: 'otlp,jaeger',
    OTEL_EXPORTER_OTLP_ENDPOINT: dead,
    OTEL_EXPORTER_JAEGER_AGENT_HOST: 'no-such-agent.invalid',
  });
  for (let index = 0; index < 20; index += 1)
    expect((await app.post('/map', { text })).status).toBe(200);
  await expect
    .poll(
      async () =>
        (await statOf(app, 'tracing', 'failed')) + (await statOf(app, 'tracing', 'dropped')),
      { timeout: 40_000 },
    )
    .toBeGreaterThan(0);
  expect(await app.stop()).toBe(0);
}, 120_000);

it('answers while Redis is dead from the start, and while it goes and comes back', async () => {
  const postgres = await startPostgres();
  const redis = await startRedis({ breakable: true });
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
  });
  const active = async (): Promise<unknown> =>
    (
      await app.get<{ tenantActivity: { activeTenants?: number; error?: unknown } }>(
        '/dashboard/metrics',
      )
    ).tenantActivity;
  expect((await app.post('/map', { text, tenantId: 'acme' })).status).toBe(200);
  await expect.poll(active, { timeout: 20_000 }).toMatchObject({ activeTenants: 1 });
  await redis.kill();
  for (let index = 0; index < 5; index += 1)
    expect((await app.post('/map', { text, tenantId: 'acme' })).status).toBe(200);
  await expect.poll(active, { timeout: 20_000 }).toMatchObject({ error: {} });
  await expect
    .poll(() => app.get('/health'), { timeout: 20_000 })
    .toMatchObject({ status: 'ok', monitoring: 'paused: Redis does not answer' });
  expect(await statOf(app, 'totals', 'answering')).toBe(0);
  const told = (): string[] =>
    app.logs().flatMap(({ message }) => (message.startsWith('Redis') ? [message] : []));
  expect(told()).toEqual(['Redis does not answer: no model is judged until it does']);
  await redis.start();
  await expect
    .poll(
      async () => {
        await app.post('/map', { text, tenantId: 'acme' });
        return active();
      },
      { timeout: 30_000 },
    )
    .toMatchObject({ activeTenants: 1 });
  await expect
    .poll(() => app.get('/health'), { timeout: 20_000 })
    .toMatchObject({ monitoring: 'running' });
  expect(told().at(-1)).toBe('Redis answers again: models are judged');
  expect(await app.stop()).toBe(0);

  await redis.kill();
  const without = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
  });
  expect((await without.post('/map', { text })).status).toBe(200);
}, 180_000);

it('answers with an error while Postgres is away, and goes on when it is back', async () => {
  const postgres = await startPostgres({ breakable: true });
  const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
  await expect
    .poll(() => app.logs().map(({ level, message }) => `${level} ${message}`))
    .toContainEqual(expect.stringMatching(/^warn DATABASE_URL is set and REDIS_URL is not/));
  expect((await app.post('/map', { text })).status).toBe(200);
  await postgres.stop();
  const response = await app.post('/map', { text });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    error: 'storage unavailable',
    correlationId: response.headers.get('x-correlation-id'),
  });
  expect((await fetch(`${app.url}/health`)).status).toBe(200);
  expect(await app.get('/dashboard/metrics')).toMatchObject({
    activeRequests: 0,
    complianceScore: { error: {} },
  });
  await expect
    .poll(() => statOf(app, 'model_calls', 'failedWrites'), { timeout: 20_000 })
    .toBeGreaterThan(0);
  await postgres.start();
  await expect
    .poll(async () => (await app.post('/map', { text })).status, { timeout: 20_000 })
    .toBe(200);
  await expect.poll(() => statOf(app, 'model_calls', 'buffered'), { timeout: 20_000 }).toBe(0);
  expect(await statOf(app, 'model_calls', 'dropped')).toBe(0);
}, 180_000);

it('refuses to start with a value that cannot work, and names it', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const port = String((taken.address() as { port: number }).port);
  await expect(startApp(['--speed', 'fast'])).rejects.toThrow('--speed is "fast"');
  await expect(startApp([], { LOG_LEVEL: 'loud' })).rejects.toThrow('"loud"');
  await expect(startApp([], { OTEL_TRACES_EXPORTER: 'zipkin' })).rejects.toThrow('"zipkin"');
  await expect(
    startApp(['--no-traffic'], { DATABASE_URL: `postgresql://127.0.0.1:${await freePort()}/x` }),
  ).rejects.toThrow('does not answer');
  await expect(startApp(['--no-traffic'], { PORT: port })).rejects.toThrow(port);
  taken.close();
}, 120_000);
