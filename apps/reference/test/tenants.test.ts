import { startPostgres } from 'test-services';
import { expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

const text = 'Write to jane.roe@example.com.';
const operators = 'a-token-of-the-operators';
const tokens = { acme: 'a-token-of-acme-only', globex: 'a-token-of-globex-only' };

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const ask = async (app: RunningApp, path: string, token: string) => {
  const response = await fetch(app.url + path, { headers: bearer(token) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown[]> };
};

it('shows a tenant what is its own and nothing else, even under an id that another one used', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    AUTH_TOKEN: operators,
    TENANT_TOKENS: Object.entries(tokens)
      .map((pair) => pair.join('='))
      .join(),
  });
  const map = (body: object, token: string, id: string) =>
    app.post('/map', body, { ...bearer(token), 'x-correlation-id': id });
  expect((await map({ text }, tokens.acme, 'same-id')).status).toBe(200);
  expect((await map({ text, tenantId: 'globex' }, tokens.globex, 'same-id')).status).toBe(200);
  expect((await map({ text, tenantId: 'globex' }, operators, 'of-globex')).status).toBe(200);
  expect((await map({ text, tenantId: 'globex' }, tokens.acme, 'forged')).status).toBe(403);
  const items = [{ text }, { text, tenantId: 'globex' }];
  expect((await app.post('/map/batch', { items }, bearer(tokens.acme))).status).toBe(403);

  await expect
    .poll(async () => (await ask(app, '/requests/same-id', operators)).body['spans']?.length, {
      timeout: 15_000,
    })
    .toBeGreaterThan(8);
  const all = (await ask(app, '/requests/same-id', operators)).body;
  const { status, body } = await ask(app, '/requests/same-id', tokens.acme);
  expect(status).toBe(200);
  for (const part of ['requests', 'spans', 'lines', 'mappings']) {
    expect(body[part]!.length, part).toBeGreaterThan(0);
    expect(body[part]!.length, part).toBeLessThan(all[part]!.length);
  }
  expect(JSON.stringify(body)).not.toContain('globex');
  expect((await ask(app, '/requests/of-globex', tokens.acme)).status).toBe(404);
  expect((await ask(app, '/traces/of-globex', tokens.acme)).body['spans']).toEqual([]);
  const { requests } = (await ask(app, '/requests', tokens.acme)).body;
  expect(requests).not.toEqual([]);
  expect(JSON.stringify(requests)).not.toContain('globex');
  expect((await ask(app, '/alerts', tokens.acme)).body).toEqual({
    active: [],
    history: [],
    silences: [],
  });

  const figures = (await ask(app, '/dashboard/metrics', tokens.acme)).body;
  expect(figures).toMatchObject({
    tenantId: 'acme',
    complianceScore: { totalMappings: body['mappings']!.length },
    riskTrends: { byFramework: { GDPR: expect.any(Number) as number } },
  });
  expect(Object.keys(figures).sort()).toEqual(['complianceScore', 'riskTrends', 'tenantId']);
  expect((await ask(app, '/dashboard/metrics', operators)).body).toHaveProperty('tenantActivity');

  for (const path of ['/live', '/metrics', '/models', '/faults', '/dashboard']) {
    const response = await fetch(app.url + path, { headers: bearer(tokens.acme) });
    expect(response.status, path).toBe(403);
    expect(await response.text()).toContain('for operators');
  }
  expect((await app.post('/alerts/a/resolve', {}, bearer(tokens.acme))).status).toBe(403);
  expect((await ask(app, '/requests', 'a-token-of-nobody-at-all')).status).toBe(401);
}, 120_000);
