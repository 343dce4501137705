import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startPostgres, startRedis } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TracingSetupStats } from '../../src/node.js';
import { startOtlpReceiver, type OtlpReceiver, type OtlpSpan } from '../../src/testing.js';

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
}, 30_000);
afterAll(() => Promise.all([postgres.stop(), redis.stop()]));

// Kinds on the wire: OTLP counts from 1.
const server = 2;
const client = 3;
const internal = 1;

/** A request to a service in a process of its own, and the spans that it leaves behind. */
async function runService(app: string): Promise<{
  answer: unknown;
  header: string | null;
  stats: TracingSetupStats;
  receiver: OtlpReceiver;
  exitCode: unknown;
}> {
  const receiver = await startOtlpReceiver();
  const child = fork(new URL('../fixtures/service.js', import.meta.url), {
    env: {
      PATH: process.env['PATH'],
      APP: app,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      OTLP_URL: receiver.url,
    },
    execArgv: [],
  });
  const exited = once(child, 'exit');
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const url = `http://127.0.0.1:${port}`;
  const response = await fetch(`${url}/map`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-7' },
    body: JSON.stringify({ text: 'hello' }),
  });
  const answer: unknown = await response.json();
  const failed = await fetch(`${url}/fail`, { headers: { 'x-correlation-id': 'order-8' } });
  expect(failed.status).toBe(500);
  child.send('stop');
  const [stats] = (await once(child, 'message')) as [TracingSetupStats];
  const [exitCode] = (await exited) as unknown[];
  await receiver.close();
  return { answer, header: response.headers.get('x-correlation-id'), stats, receiver, exitCode };
}

describe.each(['given', 'registered by itself'])(
  'a Fastify service with pg, ioredis, redis and fetch, its app %s',
  (app) => {
    let run: Awaited<ReturnType<typeof runService>>;
    let trace: OtlpSpan[];
    beforeAll(async () => {
      run = await runService(app);
      const root = run.receiver.spans.find((span) => span.name === 'POST /map');
      trace = run.receiver.spans.filter((span) => span.traceId === root?.traceId);
    }, 30_000);

    const one = (scope: string, name: string): OtlpSpan => {
      const found = trace.filter((span) => span.scope.endsWith(scope) && span.name === name);
      expect(found.map((span) => span.name)).toEqual([name]);
      return found[0]!;
    };

    it('answers with the id that it was sent, which is also request.id', () => {
      expect(run.answer).toEqual({ length: 5, correlationId: 'order-7', requestId: 'order-7' });
      expect(run.header).toBe('order-7');
    });

    it('leaves one trace with the right parents', () => {
      const root = one('mapper', 'POST /map');
      expect([root.kind, root.parentSpanId]).toEqual([server, '']);
      expect(root.attributes['http.route']).toBe('/map');
      // The one span of the server: none of Fastify's own beside it.
      const handler = root.spanId;
      expect(trace.filter((span) => span.kind === server || span.kind === internal)).toHaveLength(
        3,
      );
      const query = one('instrumentation-pg', 'pg.query:SELECT postgres');
      const traced = one('@llm/tracing', 'classify');
      const outgoing = trace.find((span) => span.scope.endsWith('undici'));
      expect([query.parentSpanId, traced.parentSpanId, outgoing?.parentSpanId]).toEqual([
        handler,
        handler,
        handler,
      ]);
      const set = one('instrumentation-ioredis', 'set');
      const get = one('instrumentation-redis', 'redis-GET');
      expect([set.parentSpanId, get.parentSpanId]).toEqual([traced.spanId, traced.spanId]);
      expect([query.kind, set.kind, get.kind, outgoing?.kind]).toEqual(Array(4).fill(client));
      // What it called by HTTP joins the trace.
      const self = one('mapper', 'GET /self');
      expect(self.parentSpanId).toBe(outgoing?.spanId);
    });

    it('carries correlation id, tenant and conversation on every span of the request', () => {
      const self = trace.find((span) => span.name === 'GET /self');
      const own = trace.filter((span) => span !== self && span.parentSpanId !== self?.spanId);
      expect(own.length).toBeGreaterThanOrEqual(6);
      for (const span of own) expect(span.attributes['correlation_id'], span.name).toBe('order-7');
      const query = one('instrumentation-pg', 'pg.query:SELECT postgres');
      expect(query.attributes).toMatchObject({
        tenant_id: 'acme',
        'gen_ai.conversation.id': 'c-1',
        'db.system.name': 'postgresql',
      });
    });

    it('records no SQL, no arguments of commands, no query of a URL, no value that an error of the database quotes', () => {
      const { spans } = run.receiver;
      expect(spans.filter((span) => span.name.startsWith('pg.query'))).toHaveLength(2);
      const failed = spans.find(
        (span) => span.name.startsWith('pg.query') && span.statusCode === 2,
      );
      expect(failed?.events[0]?.attributes['exception.message']).toContain('22P02');
      const database = spans.filter((span) => 'db.system.name' in span.attributes);
      expect(JSON.stringify(database)).not.toContain('secret');
      expect(JSON.stringify(spans)).not.toMatch(/secret-(sql|key|query)/);
      for (const span of spans) {
        for (const name of ['db.query.text', 'db.statement', 'url.query']) {
          expect(span.attributes).not.toHaveProperty(name);
        }
      }
    });

    it('loses nothing, and the process ends by itself', () => {
      expect(run.stats).toMatchObject({ failed: 0, dropped: 0, queued: 0 });
      expect(run.stats.exported).toBe(run.receiver.spans.length);
      expect(run.exitCode).toBe(0);
    });
  },
);
