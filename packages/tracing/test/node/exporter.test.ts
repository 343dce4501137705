import { SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { getCorrelationId, traceFunction, withCorrelationId } from '../../src/index.js';
import { setupTracing, type Tracing } from '../../src/node.js';
import { startJaegerAgent, startJaegerCollector, startOtlpReceiver } from '../../src/testing.js';
import { eventually } from '../eventually.js';

let tracing: Tracing | undefined;
afterEach(() => tracing?.shutdown());

const service = { serviceName: 'mapper', serviceVersion: '1.2.3', instrumentations: [] as const };

/** A parent, a child and a failure, under the correlation id `c-1`. */
async function someSpans(): Promise<void> {
  const inner = traceFunction('inner', { attributes: { size: 3, ratio: 0.5, flag: true } })(
    async () => getCorrelationId(),
  );
  const failing = traceFunction('failing')(() => {
    throw new RangeError('no jane@example.com');
  });
  await withCorrelationId('c-1', () =>
    traceFunction('outer')(async () => {
      await inner();
      expect(failing).toThrow();
    })(),
  );
}

describe.each([
  ['the agent over UDP', startJaegerAgent, 'agent'],
  ['the collector over HTTP', startJaegerCollector, 'collector'],
] as const)('Jaeger: %s', (_, start, kind) => {
  it('gets spans whose Thrift decodes to what was recorded', async () => {
    const receiver = await start();
    tracing = setupTracing({
      ...service,
      exporter:
        kind === 'agent'
          ? { type: 'jaeger', host: '127.0.0.1', port: receiver.port }
          : {
              type: 'jaeger-http',
              url: `http://127.0.0.1:${receiver.port}/api/traces`,
              username: 'me',
              password: 'pw',
            },
    });
    await someSpans();
    await tracing.forceFlush();
    await eventually(() => receiver.spans.length === 3, 'three spans');
    const [inner, failing, outer] = ['inner', 'failing', 'outer'].map((name) =>
      receiver.spans.find((span) => span.name === name),
    );
    expect(outer).toMatchObject({
      service: 'mapper',
      tags: { correlation_id: 'c-1', success: true },
    });
    expect(outer?.process).toMatchObject({ 'service.version': '1.2.3' });
    expect(outer?.tags).toMatchObject({ function: 'anonymous' });
    // The agent's port 6831 takes the compact protocol, the collector the binary one.
    expect([...receiver.protocols]).toEqual([kind === 'agent' ? 'compact' : 'binary']);
    expect([inner?.traceId, failing?.traceId]).toEqual([outer?.traceId, outer?.traceId]);
    expect(inner?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect([inner?.parentSpanId, failing?.parentSpanId]).toEqual([outer?.spanId, outer?.spanId]);
    expect(inner?.tags).toMatchObject({ size: 3, ratio: 0.5, flag: true, correlation_id: 'c-1' });
    expect(failing?.tags).toMatchObject({
      success: false,
      'error.type': 'RangeError',
      'otel.status_code': 'ERROR',
      'otel.status_description': 'no [EMAIL]',
    });
    expect(failing?.logs[0]).toMatchObject({
      event: 'exception',
      'exception.message': 'no [EMAIL]',
    });
    if (kind === 'collector') {
      expect(receiver.authorizations).toEqual([`Basic ${btoa('me:pw')}`]);
    }
    expect(tracing.stats()).toMatchObject({ exported: 3, failed: 0, dropped: 0, queued: 0 });
    await receiver.close();
  });
});

it('Jaeger over UDP: a span larger than a datagram is counted and costs no other span', async () => {
  const receiver = await startJaegerAgent();
  const dropped: unknown[] = [];
  tracing = setupTracing({
    ...service,
    exporter: { type: 'jaeger', host: '127.0.0.1', port: receiver.port },
    onDrop: (drop) => dropped.push(drop),
  });
  const { tracer } = tracing;
  for (const name of ['before', 'large', 'after']) {
    const text = name === 'large' ? 'x'.repeat(70_000) : 'x'.repeat(30_000);
    tracer.startSpan(name, { attributes: { text } }).end();
  }
  await tracing.forceFlush();
  await eventually(() => receiver.spans.length === 2, 'two spans');
  expect(receiver.spans.map((span) => span.name)).toEqual(['before', 'after']);
  expect(tracing.stats()).toMatchObject({ exported: 2, dropped: 1, queued: 0 });
  await tracing.shutdown();
  expect(dropped).toEqual([
    { exporter: 'jaeger', reason: 'too_large', count: 1, error: undefined },
  ]);
  await receiver.close();
});

describe.each([
  ['protobuf', 'otlp', 'application/x-protobuf', undefined],
  ['JSON', 'otlp-json', 'application/json', undefined],
  ['compressed protobuf', 'otlp', 'application/x-protobuf', 'gzip'],
] as const)('OTLP over HTTP with %s', (_, type, contentType, compression) => {
  it('brings spans that decode to what was recorded', async () => {
    const receiver = await startOtlpReceiver();
    tracing = setupTracing({
      ...service,
      exporter: { type, url: receiver.url, headers: { 'x-key': 'k' }, compression },
    });
    await someSpans();
    await tracing.forceFlush();
    expect(receiver.spans.map((span) => span.name)).toEqual(['inner', 'failing', 'outer']);
    const [inner, failing, outer] = receiver.spans;
    expect(outer).toMatchObject({
      service: 'mapper',
      scope: '@llm/tracing',
      parentSpanId: '',
      statusCode: SpanStatusCode.UNSET,
      attributes: { correlation_id: 'c-1', function: 'anonymous', success: true },
    });
    expect(inner).toMatchObject({
      traceId: outer?.traceId,
      parentSpanId: outer?.spanId,
      attributes: { size: 3, ratio: 0.5, flag: true, correlation_id: 'c-1' },
    });
    expect(failing).toMatchObject({
      traceId: outer?.traceId,
      parentSpanId: outer?.spanId,
      statusCode: SpanStatusCode.ERROR,
      attributes: { success: false, 'error.type': 'RangeError', error: 'no [EMAIL]' },
      events: [{ name: 'exception', attributes: { 'exception.message': 'no [EMAIL]' } }],
    });
    expect(receiver.requests[0]?.headers).toMatchObject({
      'content-type': contentType,
      'x-key': 'k',
    });
    expect(receiver.requests[0]?.headers['content-encoding']).toBe(compression);
    await receiver.close();
  });
});

it('several exporters, ready ones among them, get every span once', async () => {
  const [agent, receiver] = await Promise.all([startJaegerAgent(), startOtlpReceiver()]);
  const memory = new InMemorySpanExporter();
  tracing = setupTracing({
    ...service,
    exporter: [
      { type: 'jaeger', host: '127.0.0.1', port: agent.port },
      { type: 'otlp', url: receiver.url },
      memory,
    ],
  });
  await someSpans();
  await tracing.forceFlush();
  await eventually(() => agent.spans.length === 3, 'three spans by UDP');
  expect(receiver.spans).toHaveLength(3);
  expect(memory.getFinishedSpans()).toHaveLength(3);
  expect(tracing.stats().exporters.map(({ exporter, exported }) => [exporter, exported])).toEqual([
    ['jaeger', 3],
    ['otlp', 3],
    ['InMemorySpanExporter', 3],
  ]);
  await Promise.all([agent.close(), receiver.close()]);
});
