import { once } from 'node:events';
import { get, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import pg from 'pg';
import { startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

/** Begins a request and sends its rest byte by byte; gives what came back when the connection ended. */
async function drip(app: RunningApp, begin: string): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  const timer = setInterval(() => socket.write('a'), 500);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(begin);
  await once(socket, 'close');
  clearInterval(timer);
  return answer;
}

/** Begins a body of so many bytes; gives the answer, which comes long before the end of it. */
async function answerToBodyOf(app: RunningApp, bytes: number): Promise<string> {
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  // The service does not wait for the rest, and what is written meanwhile may find nobody.
  socket.on('error', () => undefined);
  socket.write(
    `POST /map HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n{"text":"`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

/** Opens a stream and leaves it open. */
async function openStream(app: RunningApp): Promise<number> {
  const outgoing = get(`${app.url}/live`, { agent: false });
  outgoing.on('error', () => undefined);
  onTestFinished(() => void outgoing.destroy());
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.on('error', () => undefined).resume();
  return response.statusCode ?? 0;
}

/** A path as it is, which `fetch` would tidy up. */
async function statusOf(app: RunningApp, path: string): Promise<number> {
  const outgoing = request(app.url, { path }).end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

it('answers hostile requests with the right status, tells nothing of its inside, and goes on', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic', '--allow-faults'], { DATABASE_URL: postgres.url });
  const slow = Promise.all([
    drip(app, 'POST /map HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
    drip(
      app,
      'POST /map HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    ),
  ]);
  const refused = async (path: string, body: unknown, status: number, headers = {}) => {
    const response = await app.post(path, body, headers);
    expect(response.status, path).toBe(status);
    const text = await response.text();
    expect(text).not.toMatch(/node_modules|\.js:\d|postgres|select |at .*\(/i);
  };
  await refused('/map', '{"text":', 400);
  await refused('/map', '{"__proto__": {"text": "a"}, "text": "a"}', 400);
  for (const bytes of [2_200_000, 20 << 20])
    expect(await answerToBodyOf(app, bytes)).toMatch(/^HTTP\/1\.1 413 /);
  await refused('/map', { text: 'x'.repeat(100_001) }, 400);
  await refused(
    '/map/batch',
    { items: Array.from({ length: 10_000 }, () => ({ text: 'a' })) },
    400,
  );
  await refused('/map', { text: 'a', tenantId: "<b>'; drop table compliance_mappings;--" }, 400);
  await refused('/map', 'text=a', 415, { 'content-type': 'application/x-www-form-urlencoded' });
  await refused('/faults', { kind: 'error', durationSeconds: 1 }, 403, {
    origin: 'http://evil.example',
  });
  await refused('/faults', { kind: 'constructor', durationSeconds: 1 }, 400);
  await refused('/alerts/%3Cscript%3E/acknowledge', {}, 409);
  const evil = "<script>alert(1)</script>'; drop table compliance_mappings;--";
  for (const [path, body, status] of [
    ['/map', { text: 'a', [evil]: evil }, 200],
    ['/map/batch', { items: [{ text: 'a', tenantId: evil }] }, 400],
    ['/faults', { kind: evil, durationSeconds: 1 }, 400],
    ['/faults', { kind: 'error', durationSeconds: evil }, 400],
    [`/alerts/${encodeURIComponent(evil)}/resolve`, { by: evil.slice(0, 90), note: evil }, 409],
    [`/alerts/${encodeURIComponent(evil)}/silence`, { durationSeconds: 60, note: evil }, 409],
    [`/${encodeURIComponent(evil)}`, { [evil]: evil }, 404],
  ] as const) {
    const response = await app.post(path, body, { 'x-correlation-id': evil });
    expect(response.status, path).toBe(status);
    expect(response.headers.get('x-correlation-id')).not.toContain('script');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  }
  for (const [path, status] of [
    ['/page/../package.json', 404],
    ['/page/%2e%2e/%2e%2e/package.json', 404],
    ['/..%2f..%2f..%2fetc/passwd', 404],
    ['/requests/%00', 404],
    ["/requests/x'%20or%20'1'='1", 404],
    ['/%', 400],
  ] as const) {
    expect(await statusOf(app, path), path).toBe(status);
  }

  const injection =
    "'); drop table compliance_mappings;-- <script>alert(1)</script> jane@example.com";
  expect((await app.post('/map', { text: injection, tenantId: 'acme' })).status).toBe(200);
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ tenant_id: string }>('select * from compliance_mappings');
  await client.end();
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toMatch(/script|jane/);

  const streams = await Promise.all(Array.from({ length: 150 }, () => openStream(app)));
  expect(streams.filter((status) => status === 200)).toHaveLength(100);
  expect(streams.filter((status) => status === 503)).toHaveLength(50);
  expect((await app.post('/map', { text: 'jane@example.com' })).status).toBe(200);

  for (const answer of await slow) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect((await fetch(`${app.url}/health`)).status).toBe(200);
}, 120_000);

it('refuses wrong tokens and what is beyond a rate limit, says when to come again, and serves others', async () => {
  const postgres = await startPostgres();
  const operators = 'a-token-of-the-operators';
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    AUTH_TOKEN: operators,
    TENANT_TOKENS: 'acme=a-token-of-acme-only,globex=a-token-of-globex-only',
    TRUST_PROXY: '127.0.0.1',
    RATE_LIMIT_CLIENT: '30',
    RATE_LIMIT_TENANT: '3',
    RATE_LIMIT_LOGIN: '2',
  });
  const ask = async (path: string, address: string, token = operators, body?: object) => {
    const response = await fetch(app.url + path, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        'x-forwarded-for': address,
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
    });
    const text = await response.text();
    expect(text).not.toMatch(/node_modules|\.js:\d|a-token-of|at .*\(/);
    return { status: response.status, wait: Number(response.headers.get('retry-after')), text };
  };
  const statuses = async (times: number, one: () => Promise<{ status: number }>) => {
    const found = [];
    for (let n = 0; n < times; n += 1) found.push((await one()).status);
    return found;
  };

  for (const token of ['', 'wrong', `${operators}x`, operators.slice(1), 'x'.repeat(8000)]) {
    expect((await ask('/alerts', '192.0.2.1', token)).status).toBe(401);
  }
  const login = () => ask('/login', '192.0.2.2', 'none-at-all', { token: 'a guess' });
  expect(await statuses(3, login)).toEqual([401, 401, 429]);

  const text = 'Write to jane.roe@example.com.';
  const map = (tenant: string) => ask('/map', '192.0.2.3', `a-token-of-${tenant}-only`, { text });
  expect(await statuses(4, () => map('acme'))).toEqual([200, 200, 200, 429]);
  expect((await map('globex')).status).toBe(200);
  const byAnother = { text, tenantId: 'acme' };
  expect((await ask('/map', '192.0.2.4', operators, byAnother)).status).toBe(429);

  const flood = await Promise.all(Array.from({ length: 60 }, () => ask('/alerts', '192.0.2.5')));
  expect(flood.filter(({ status }) => status === 200)).toHaveLength(30);
  const refused = flood.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(30);
  for (const { wait, text } of refused) {
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(JSON.parse(text)).toEqual({ error: 'too many requests of this client' });
  }
  expect((await ask('/alerts', '192.0.2.6')).status).toBe(200);
  expect((await ask('/health', '192.0.2.5')).status).toBe(200);
  const { text: metrics } = await ask('/metrics', '192.0.2.6');
  expect(metrics).toMatch(/status[^}]*"429"/);
}, 60_000);
