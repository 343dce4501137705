import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { requireToken } from '../../src/auth/access.js';
import { requireOwnOrigin } from '../../src/own-origin.js';
import { addPageRoutes } from '../../src/page.js';

const token = 'a-token-of-some-length';
const host = 'mapper.example';
const origin = `https://${host}`;

const tenantToken = 'a-token-of-acme-only';

async function server(sessionMillis?: number, ofAcme = tenantToken) {
  const app = Fastify();
  requireOwnOrigin(app, false);
  app.decorateRequest('tenant', null);
  requireToken(app, { token, tenantTokens: new Map([['acme', ofAcme]]), sessionMillis });
  addPageRoutes(app);
  app.get('/health', () => ({}));
  app.get('/alerts', () => ({}));
  app.post('/change', () => ({}));
  app.get('/own', { config: { forTenants: true } }, ({ tenant }) => ({ tenant }));
  app.post('/own', { config: { forTenants: true } }, ({ tenant }) => ({ tenant }));
  const ask = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { host, ...headers } });
  const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { host, ...headers } });
  const login = async (headers: Record<string, string> = {}): Promise<string> =>
    String((await post('/login', { token }, { origin, ...headers })).headers['set-cookie']);
  return { app, ask, post, login };
}

it('opens everything to the cookie that the token was given for', async () => {
  const { ask, post, login } = await server();
  const cookie = (await login()).split(';')[0]!;
  for (const path of ['/', '/alerts', '/page/main.js']) {
    expect((await ask(path)).statusCode, path).toBe(401);
    expect((await ask(path, { cookie })).statusCode, path).toBe(200);
    expect((await ask(path, { authorization: `Bearer ${token}` })).statusCode, path).toBe(200);
  }
  expect((await post('/change', {}, { cookie, origin })).statusCode).toBe(200);
});

it('opens to the cookie of a tenant what is for tenants, as this tenant, and its own page', async () => {
  const { ask, post } = await server();
  const opened = await post('/login', { token: tenantToken }, { origin });
  const cookie = String(opened.headers['set-cookie']).split(';')[0]!;
  expect((await ask('/own', { cookie })).json()).toEqual({ tenant: 'acme' });
  expect((await post('/own', {}, { cookie, origin })).json()).toEqual({ tenant: 'acme' });
  expect((await post('/own', {}, { cookie })).statusCode).toBe(403);
  expect((await ask('/alerts', { cookie })).statusCode).toBe(403);
  expect((await post('/change', {}, { cookie, origin })).statusCode).toBe(403);
  const authorization = `Bearer ${token}`;
  expect((await ask('/own', { authorization, cookie })).json()).toEqual({ tenant: null });
  const pages = [await ask('/', { cookie }), await ask('/', { authorization })];
  expect(pages[0]!.body).toContain('/page/tenant.js');
  expect(pages[1]!.body).toContain('/page/main.js');
  const etag = String(pages[1]!.headers.etag);
  expect((await ask('/', { cookie, 'if-none-match': etag })).statusCode).toBe(200);
  expect((await post('/logout', {}, { cookie, origin })).statusCode).toBe(200);
  // Another token of the tenant ends its logins, and those of nobody else.
  const after = await server(undefined, 'another-token-of-acme');
  expect((await after.ask('/own', { cookie })).statusCode).toBe(401);
});

it('takes a change by cookie from the own page only', async () => {
  const { post, login } = await server();
  const cookie = (await login()).split(';')[0]!;
  expect((await post('/change', {}, { cookie })).statusCode).toBe(403);
  expect((await post('/change', {}, { cookie, origin: 'https://evil.example' })).statusCode).toBe(
    403,
  );
  expect((await post('/change', {}, { authorization: `Bearer ${token}` })).statusCode).toBe(200);
});

it('gives no cookie for anything but the token', async () => {
  const { post } = await server();
  for (const wrong of ['', 'wrong', `${token} `, token.slice(1), `Bearer ${token}`]) {
    const response = await post('/login', { token: wrong }, { origin });
    expect(response.statusCode, wrong).toBe(401);
    expect(response.headers).not.toHaveProperty('set-cookie');
  }
  expect((await post('/login', {}, { origin })).statusCode).toBe(400);
  // Nobody is logged in by another site.
  expect((await post('/login', { token }, { origin: 'https://evil.example' })).statusCode).toBe(
    403,
  );
});

it('keeps the cookie to TLS where the browser came over it', async () => {
  const { login } = await server();
  expect(await login({ 'x-forwarded-proto': 'https' })).toMatch(/; Secure$/);
  expect(await login()).not.toMatch(/Secure/);
});

it('leads a browser to the login, which needs nothing that is closed', async () => {
  const { ask } = await server();
  const response = await ask('/', { accept: 'text/html,*/*' });
  expect([response.statusCode, response.headers.location]).toEqual([302, '/login']);
  const { body, statusCode } = await ask('/login');
  expect(statusCode).toBe(200);
  const needed = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
  expect(needed.length).toBeGreaterThan(2);
  for (const path of needed) expect((await ask(path)).statusCode, path).toBe(200);
  expect((await ask('/health')).statusCode).toBe(200);
  // A path that only looks like an open one is not.
  for (const path of ['/health/', '/login/../alerts', '/page/login.js/../main.js', '//health']) {
    expect((await ask(path)).statusCode, path).toBe(401);
  }
});

it('ends the session in the browser that logs out', async () => {
  const { post, login } = await server();
  const cookie = (await login()).split(';')[0]!;
  const response = await post('/logout', {}, { cookie, origin });
  expect(response.headers['set-cookie']).toMatch(/^reference_session=; .*Max-Age=0/);
  expect((await post('/logout', {}, { origin })).statusCode).toBe(401);
});

it('ends a stream with the session that opened it', async () => {
  const { app, login } = await server(500);
  const opened: boolean[] = [];
  app.get('/live', (_request, reply) => {
    reply.hijack();
    reply.raw.write('data: 1\n\n');
    opened.push(true);
    reply.raw.once('close', () => opened.push(false));
  });
  const url = await app.listen({ port: 0 });
  onTestFinished(() => app.close());
  const cookie = (await login()).split(';')[0]!;
  const stream = await fetch(`${url}/live`, { headers: { cookie } });
  expect(await stream.text()).toBe('data: 1\n\n');
  expect(opened).toEqual([true, false]);
  expect((await fetch(`${url}/live`, { headers: { cookie } })).status).toBe(401);
});
