import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import {
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  correlationHandler,
  correlationIdKey,
  CorrelationPropagator,
  extractCorrelation,
  getCorrelationId,
  getLlmContext,
  injectCorrelation,
  isCorrelationId,
  stats,
} from '../src/index.js';
import { setupTracing, type Tracing } from '../src/node.js';

const names = ['x-correlation-id', 'x-request-id', 'traceparent', 'tracestate', 'baggage'] as const;
const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: length,
    maxLength: length,
  });
const nearlyTraceparent = fc
  .tuple(hex(2), hex(32), hex(16), hex(2), fc.string({ maxLength: 5 }))
  .map(
    ([version, traceId, spanId, flags, rest]) => `${version}-${traceId}-${spanId}-${flags}${rest}`,
  );
const nearlyBaggage = fc
  .array(fc.tuple(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 100,
  })
  .map((pairs) => pairs.map(([key, value]) => `${key}=${value}`).join(','));

/** Any text, the more likely the more hostile: oversized, binary, with line breaks, nearly right. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => text.repeat(2000)),
  fc.string({ maxLength: 60 }).map((text) => `${text}\r\nset-cookie: owned=1\r\n\r\n`),
  fc.constantFrom('__proto__', 'constructor', '', '00-', '%', '=', ';', ','.repeat(9000), '\0'),
  nearlyTraceparent,
  nearlyBaggage,
);
const headers = fc.dictionary(fc.constantFrom(...names), hostile);
const line = /[\r\n\0]/;

/** What may be passed on: bounded, and without a way out of its header. */
function checkOutgoing(carrier: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(carrier)) {
    expect(value, name).toBeTypeOf('string');
    expect(value, name).not.toMatch(line);
    expect((value as string).length, name).toBeLessThanOrEqual(name === 'baggage' ? 8192 : 512);
  }
}

let tracing: Tracing;
let memory: InMemorySpanExporter;
let server: Server;
let port: number;
beforeAll(async () => {
  memory = new InMemorySpanExporter();
  tracing = setupTracing({ serviceName: 's', exporter: memory, instrumentations: ['http'] });
  server = createServer({ maxHeaderSize: 256 * 1024 }, (_req, res) => {
    const carrier = injectCorrelation();
    checkOutgoing(carrier);
    res.end(JSON.stringify(carrier));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await tracing.shutdown();
});

/** The raw answer of the server to raw bytes, as no client library would send them. */
async function raw(lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`);
  socket.end(Buffer.from(`${lines.map((each) => `${each}\r\n`).join('')}\r\n`, 'latin1'));
  await once(socket, 'close');
  return answer;
}

describe('hostile headers', () => {
  it('sent to a server: it answers with one valid id, once, and goes on', async () => {
    const before = stats().internalErrors;
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        const answer = await raw(Object.entries(sent).map(([name, value]) => `${name}: ${value}`));
        const [head = ''] = answer.split('\r\n\r\n', 1);
        expect(head.toLowerCase()).not.toContain('set-cookie');
        // What is no HTTP is refused by Node before any handler.
        const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1];
        expect(['200', '400', '431']).toContain(status);
        if (status !== '200') return;
        const ids = head.split('\r\n').filter((each) => /^x-correlation-id:/i.test(each));
        expect(ids).toHaveLength(1);
        expect(isCorrelationId(ids[0]?.slice('x-correlation-id: '.length))).toBe(true);
      }),
      { numRuns: 200 },
    );
    expect(stats().internalErrors).toBe(before);
    for (const span of memory.getFinishedSpans()) {
      expect(isSpanContextValid(span.spanContext())).toBe(true);
      expect(isCorrelationId(span.attributes['correlation_id'])).toBe(true);
    }
  }, 60_000);

  it('sent twice: neither is taken', async () => {
    for (const name of names) {
      const answer = await raw([`${name}: a`, `${name}: b`]);
      expect(answer).toMatch(/^HTTP\/1\.1 200/);
      expect(answer).not.toMatch(/x-correlation-id: [ab]\r\n/i);
    }
  });

  it('in a carrier: no exception, a valid id, and only clean texts travel on', () => {
    const values = fc.oneof(hostile, fc.anything());
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...names, 'x-tenant-id', 'x-user-id', 'x-conversation-id'),
          values,
        ),
        (carrier) => {
          extractCorrelation(carrier, () => {
            expect(isCorrelationId(getCorrelationId())).toBe(true);
            const parent = trace.getSpanContext(context.active());
            if (parent !== undefined) expect(isSpanContextValid(parent)).toBe(true);
            const { tenantId = '', userId = '', conversationId = '' } = getLlmContext() ?? {};
            for (const field of [tenantId, userId, conversationId]) {
              expect(field).not.toMatch(line);
              expect(field.length).toBeLessThanOrEqual(256);
            }
            const include = ['tenantId', 'userId', 'conversationId'] as const;
            checkOutgoing(injectCorrelation({}, { include }));
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('baggage that code has set to anything travels on clean', () => {
    const entry = fc.record({ value: fc.string({ unit: 'binary', maxLength: 200 }) });
    const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constant('plan'));
    fc.assert(
      fc.property(fc.dictionary(key, entry, { maxKeys: 200 }), (entries) => {
        const active = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries));
        context.with(active, () => checkOutgoing(injectCorrelation()));
      }),
      { numRuns: 200 },
    );
  });

  it('read by the propagator: a valid id or none', () => {
    const propagator = new CorrelationPropagator();
    fc.assert(
      fc.property(headers, (carrier) => {
        const read = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
        const id = read.getValue(correlationIdKey);
        expect(id === undefined || isCorrelationId(id)).toBe(true);
        const sent = carrier['x-correlation-id'];
        expect(id).toBe(isCorrelationId(sent) ? sent : undefined);
      }),
    );
  });

  it('sent to a fetch-style handler: a valid id comes back', async () => {
    const handler = correlationHandler(() => new Response(getCorrelationId()));
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        let request: Request;
        try {
          request = new Request('http://a.example/', { headers: sent });
        } catch {
          return; // No request can be made of it.
        }
        const response = await handler(request);
        expect(isCorrelationId(response.headers.get('x-correlation-id'))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('cost bounded work: a hundred times the bytes of a header that is too long take no longer', () => {
    const cost = (length: number): number => {
      const sent = {
        'x-correlation-id': 'a'.repeat(length),
        traceparent: '0'.repeat(length),
        tracestate: 'a=1,'.repeat(length / 4),
        baggage: 'a=1,'.repeat(length / 4),
      };
      const start = process.cpuUsage();
      for (let i = 0; i < 300; i++) extractCorrelation(sent, () => undefined);
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    cost(10_000);
    const least = (length: number): number => Math.min(...[1, 2, 3].map(() => cost(length)));
    expect(least(1_000_000)).toBeLessThan(10 * least(10_000) + 5000);
  });
});
