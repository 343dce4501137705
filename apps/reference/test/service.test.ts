import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { promisify } from 'node:util';
import type { RecentSpan } from '@llm/tracing/node';
import pg from 'pg';
import { startPostgres, startPrometheus, startRedis } from 'test-services';
import { describe, expect, it } from 'vitest';
import type { MappedText } from '../src/mapper.js';
import { startApp, type RunningApp } from './running-app.js';

const run = promisify(execFile);
const text = 'Write to jane.roe@example.com about card 4111 1111 1111 1111.';

/** Sends a header as it is, which `fetch` would refuse to. */
function postRaw(
  app: RunningApp,
  headers: Record<string, string | string[]>,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${app.url}/map`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        insecureHTTPParser: true,
      },
      (response) => {
        response.resume();
        expect(response.headers).not.toHaveProperty('x-evil');
        resolve(response.headers['x-correlation-id'] as string | undefined);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(JSON.stringify({ text }));
  });
}

describe('POST /map', () => {
  it('carries one correlation id through response, log line, row and spans, and gives the controls', async () => {
    const postgres = await startPostgres();
    const redis = await startRedis();
    const app = await startApp(['--no-traffic'], {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
    });
    const response = await app.post(
      '/map',
      { text, tenantId: 'acme' },
      { 'x-correlation-id': 'order-7:retry.1' },
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('x-correlation-id')).toBe('order-7:retry.1');
    const { findings, mappings } = (await response.json()) as MappedText;
    expect(findings.map(({ category, detector }) => [category, detector])).toEqual([
      ['email_address', 'pii'],
      ['payment_card', 'pii'],
    ]);
    expect(mappings).toContainEqual({
      framework: 'HIPAA',
      frameworkVersion: '2013 Omnibus',
      control: '164.514(b)(2)(i)(J)',
      severity: 'high',
      category: 'payment_card',
      detector: 'pii',
      confidence: 0.99,
    });
    expect(new Set(mappings.map(({ framework }) => framework)).size).toBe(5);

    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rows } = await client.query<Record<string, string>>(
      "select * from compliance_mappings where correlation_id = 'order-7:retry.1'",
    );
    await client.end();
    expect(rows).toHaveLength(mappings.length);
    expect(
      rows.every((row) => row['tenant_id'] === 'acme' && /^[0-9a-f]{64}$/.test(row['text_hmac']!)),
    ).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('jane.roe');

    await expect
      .poll(() => app.logs().filter((line) => line.correlation_id === 'order-7:retry.1'))
      .not.toEqual([]);
    const [line] = app.logs().filter((each) => each.correlation_id === 'order-7:retry.1');
    expect(line).toMatchObject({ message: 'request', route: '/map', status: 200 });

    // One trace: the server's span, and under it those of the detectors and of pg.
    const spans = async (id = 'order-7:retry.1') =>
      (await app.get<{ spans: RecentSpan[] }>(`/traces/${id}`)).spans;
    // The server's span ends last.
    await expect
      .poll(async () => (await spans()).map(({ name }) => name), { timeout: 10_000 })
      .toContain('POST /map');
    const all = await spans();
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([line?.['trace_id']]));
    const named = (pattern: RegExp): RecentSpan => all.find(({ name }) => pattern.test(name))!;
    const server = named(/^POST/);
    const known = new Set(all.map(({ spanId }) => spanId));
    expect(
      all.filter(({ parentSpanId }) => parentSpanId === null || !known.has(parentSpanId)),
    ).toEqual([server]);
    // The server's span is the one of the request: Fastify adds none of its own.
    expect(all.filter(({ name }) => name === 'request')).toEqual([]);
    for (const name of [
      /^detect pii$/,
      /^detect secrets$/,
      /^detect jailbreak$/,
      /^pg\.query:INSERT/,
    ]) {
      expect(named(name).parentSpanId, String(name)).toBe(server.spanId);
    }

    // And of Redis, where the request was the first of those whose activity is written together.
    const ids = new Set<string>();
    const parentsOfRedis = async (): Promise<string[]> => {
      const id = `order-8.${ids.size}`;
      ids.add(id);
      await app.post('/map', { text, tenantId: 'acme' }, { 'x-correlation-id': id });
      const each = (await Promise.all([...ids].map((one) => spans(one)))).flat();
      const parents = new Set(
        each.filter(({ name }) => name === 'EVALSHA').map(({ parentSpanId }) => parentSpanId),
      );
      return each.filter(({ spanId }) => parents.has(spanId)).map(({ name }) => name);
    };
    await expect.poll(parentsOfRedis, { timeout: 20_000, interval: 150 }).toContain('POST /map');
  }, 120_000);

  it('gives hostile correlation ids no way in', async () => {
    const postgres = await startPostgres();
    const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
    const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
    // Node's client refuses to send CR and LF, so they go over the socket as a proxy might fold them.
    expect(await postRaw(app, { 'x-correlation-id': 'x'.repeat(10_000) })).toMatch(uuid);
    expect(await postRaw(app, { 'x-correlation-id': 'caf\u00e9' })).toMatch(uuid);
    expect(await postRaw(app, { 'x-correlation-id': 'a b' })).toMatch(uuid);
    expect(await postRaw(app, { 'x-correlation-id': '' })).toMatch(uuid);
    const answer = await rawRequest(app, 'X-Correlation-ID: a\r\nX-Evil: 1\r\n');
    // These are two headers by the protocol; neither comes back as more than the id.
    expect(answer).toMatch(/x-correlation-id: a\r\n/i);
    expect(answer).not.toMatch(/x-evil/i);
    expect(await rawRequest(app, 'X-Correlation-ID: a%0d%0aX-Evil: 1\r\n')).not.toMatch(
      /x-evil|%0d/i,
    );
    for (const line of app.logs())
      expect(line.correlation_id ?? '').toMatch(/^[A-Za-z0-9._:-]{0,128}$/);
  }, 120_000);

  it('names what is wrong with a request', async () => {
    const postgres = await startPostgres();
    const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
    const refused = async (body: unknown, says: string): Promise<void> => {
      const response = await app.post('/map', body);
      expect(response.status).toBe(400);
      expect(((await response.json()) as { error: string }).error).toContain(says);
    };
    await refused({ txt: 'a' }, 'text');
    await refused({ text: '' }, 'fewer than 1');
    await refused({ text: 'a', tenantId: 'a b' }, 'tenantId');
    await refused('{"text":', 'JSON');
    const batch = await app.post('/map/batch', { items: [{ text }, { text: 'nothing in here' }] });
    expect(
      ((await batch.json()) as { results: MappedText[] }).results.map(
        ({ findings }) => findings.length,
      ),
    ).toEqual([2, 0]);
    expect((await app.post('/faults', { kind: 'latency', durationSeconds: 1 })).status).toBe(404);
  }, 120_000);
});

describe('a server beyond loopback', () => {
  it('asks for the token everywhere but at /health', async () => {
    const postgres = await startPostgres();
    const token = 'a-token-of-some-length';
    const app = await startApp(['--no-traffic'], {
      DATABASE_URL: postgres.url,
      HOST: '0.0.0.0',
      AUTH_TOKEN: token,
    });
    const status = async (path: string, headers = {}): Promise<number> =>
      (await fetch(app.url.replace('0.0.0.0', '127.0.0.1') + path, { headers })).status;
    for (const path of [
      '/metrics',
      '/alerts',
      '/dashboard',
      '/dashboard/metrics',
      '/models',
      '/traces/x',
      '/requests',
      '/requests/x',
      '/live',
      '/',
      '/none',
    ]) {
      expect(await status(path), path).toBe(401);
      expect(await status(path, { authorization: 'Bearer wrong' }), path).toBe(401);
    }
    expect(await status('/health')).toBe(200);
    expect(await status('/metrics', { authorization: `Bearer ${token}` })).toBe(200);
  }, 120_000);
});

describe('GET /metrics', () => {
  it('is scraped by Prometheus without a warning, all five business metrics among it', async () => {
    const app = await startApp(['--speed', '10']);
    const target = new URL(app.url).host;
    const prometheus = await startPrometheus({
      config: JSON.stringify({
        global: { scrape_interval: '1s' },
        scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [target] }] }],
      }),
    });
    const ask = async (query: string): Promise<{ value: [number, string] }[]> => {
      const response = await fetch(
        `${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`,
      );
      return ((await response.json()) as { data: { result: { value: [number, string] }[] } }).data
        .result;
    };
    for (const query of [
      'sum(detector_requests_total) > 10',
      'sum(mapping_confidence_score_count) > 0',
      'sum(compliance_violations_total) > 0',
      'sum(model_inference_duration_seconds_count) > 10',
      'active_tenants_count > 0',
      'sum(llm_component_stats) > 0',
    ]) {
      await expect.poll(() => ask(query), { timeout: 30_000, message: query }).not.toEqual([]);
    }
    const targets = (await (await fetch(`${prometheus.url}/api/v1/targets`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    expect(targets.data.activeTargets).toMatchObject([{ health: 'up', lastError: '' }]);
    await prometheus.stop();
  }, 180_000);
});

describe('stopping', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'with %s flushes and leaves no process behind',
    async (signal) => {
      const app = await startApp([]);
      const children = async (): Promise<string> => {
        const list = await run('ps', ['-eo', 'args']);
        return list.stdout
          .split('\n')
          .filter((line) => line.includes(dataDirectoryOf(app)))
          .join('\n');
      };
      await expect.poll(() => app.logs().length, { timeout: 20_000 }).toBeGreaterThan(5);
      expect(await children()).toContain('postgres');
      expect(await app.stop(signal)).toBe(0);
      expect(app.logs().at(-1)).toMatchObject({
        message: 'stopped',
        spans: { queued: 0, dropped: 0, failed: 0 },
      });
      expect(await children()).toBe('');
    },
    120_000,
  );
});

function dataDirectoryOf(app: RunningApp): string {
  const [, directory = ''] = /data in (\S+)/.exec(app.banner) ?? [];
  return directory;
}

/** A request with headers written to the socket as they are. */
async function rawRequest(app: RunningApp, headers: string): Promise<string> {
  const { connect } = await import('node:net');
  const { hostname, port } = new URL(app.url);
  const body = JSON.stringify({ text });
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /map HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n${headers}\r\n${body}`,
  );
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
