import { createLogger, RecentLines } from '@llm/logging';
import { migrateDashboard } from '@llm/metrics';
import { genReqId } from '@llm/tracing/fastify';
import { RecentSpans } from '@llm/tracing/node';
import Fastify from 'fastify';
import pg from 'pg';
import { startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { RecentRequests } from '../../src/requests/recent-requests.js';
import { addRequestRoutes } from '../../src/requests/request-routes.js';

function server(pool: Pick<pg.Pool, 'query'>) {
  const app = Fastify({ genReqId });
  app.decorateRequest('tenant', null);
  addRequestRoutes(app, {
    requests: new RecentRequests(),
    spans: new RecentSpans(),
    lines: new RecentLines(),
    pool,
    logger: createLogger({ silent: true }),
  });
  app.post('/map', (_request, reply) => reply.code(201).send({}));
  const post = (id: string, body: object) =>
    app.inject({ method: 'POST', url: '/map', headers: { 'x-correlation-id': id }, payload: body });
  return { app, post };
}

it('lists requests latest first without those that only look, and with tenants that can be ones', async () => {
  const { app, post } = server({ query: async () => ({ rows: [] }) } as never);
  await post('a', { tenantId: 'acme' });
  await post('b', { tenantId: '<script>' });
  await post('c', [1]);
  await app.inject('/requests');
  const { requests } = (await app.inject('/requests')).json<{ requests: object[] }>();
  expect(requests).toMatchObject([
    { correlationId: 'c', tenantId: null },
    { correlationId: 'b', tenantId: null },
    { correlationId: 'a', tenantId: 'acme', method: 'POST', route: '/map', status: 201 },
  ]);
});

it('tells the rows of a request and nothing of its text, and 404 for an id that nothing is known of', async () => {
  const postgres = await startPostgres();
  const pool = new pg.Pool({ connectionString: postgres.url });
  // The server may end before the last connection has closed.
  pool.on('error', () => undefined);
  onTestFinished(() => pool.end());
  await migrateDashboard(pool);
  await pool.query(
    `insert into compliance_mappings (correlation_id, tenant_id, text_hmac, detector, framework, framework_version,
       control, category, severity, confidence)
     values ('order-1', 'acme', 'secret-hmac', 'pii', 'SOC2', '2017', 'CC6.1', 'iban', 'high', 0.9),
            ('order-2', 'acme', 'secret-hmac', 'pii', 'SOC2', '2017', 'CC6.1', 'iban', 'high', 0.9)`,
  );
  const { app } = server(pool);
  const response = await app.inject('/requests/order-1');
  expect(response.json()).toMatchObject({
    correlationId: 'order-1',
    spans: [],
    lines: [],
    mappings: [{ tenantId: 'acme', framework: 'SOC2', control: 'CC6.1', confidence: 0.9 }],
  });
  expect(response.body).not.toContain('hmac');
  for (const id of ['order-3', "x'%20or%20'1'='1", '%3Cscript%3E', 'a%0db']) {
    expect((await app.inject(`/requests/${id}`)).statusCode, id).toBe(404);
  }
}, 60_000);

it('tells what it knows without a database', async () => {
  const { app, post } = server({
    query: () => Promise.reject(new Error('postgres://user:password@host refused')),
  } as never);
  await post('a', {});
  const response = await app.inject('/requests/a');
  expect(response.json()).toMatchObject({ requests: [{ status: 201 }], mappings: null });
  expect(response.body).not.toContain('password');
});
