import { SpanKind, SpanStatusCode, TraceFlags, type AttributeValue } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JaegerAgentExporter } from '../../../src/node/jaeger/jaeger-agent-exporter.js';
import { JaegerCollectorExporter } from '../../../src/node/jaeger/jaeger-collector-exporter.js';
import { startJaegerAgent as startThriftrwAgent } from '../../thriftrw-receiver.js';
import { startJaegerCollector as startThriftrwCollector } from '../../thriftrw-receiver.js';
import { startJaegerAgent, startJaegerCollector } from '../../../src/testing.js';
import { eventually } from '../../eventually.js';

const memory = new InMemorySpanExporter();
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'mapper', 'service.version': '1.2.3', n: 7 }),
  spanProcessors: [new SimpleSpanProcessor(memory)],
});

function span(name: string, attributes: Record<string, AttributeValue>): ReadableSpan {
  const link = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: TraceFlags.NONE };
  const made = provider.getTracer('scope', '2.0').startSpan(name, {
    kind: SpanKind.CLIENT,
    attributes,
    links: [{ context: link }],
    startTime: [1_764_000_000, 123_456_789],
  });
  made.addEvent('exception', { 'exception.message': 'no' }, [1_764_000_000, 200_000_000]);
  made.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' });
  made.end([1_764_000_001, 123_456_789]);
  const found = memory.getFinishedSpans().at(-1);
  memory.reset();
  if (found === undefined) throw new Error('no span');
  return found;
}

const tagValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.boolean(),
  fc.double({ noNaN: true }),
  fc.maxSafeInteger(),
);
const attributes = fc.dictionary(fc.stringMatching(/^[a-z.]{1,20}$/), tagValue, { maxKeys: 20 });

async function exported(
  exporter: JaegerAgentExporter | JaegerCollectorExporter,
  spans: ReadableSpan[],
): Promise<unknown> {
  const outcome = await new Promise((resolve) => exporter.export(spans, resolve));
  await exporter.shutdown();
  return outcome;
}

const agent = (
  port: number,
  protocol: 'compact' | 'binary',
  maxPacketBytes = 65_000,
): JaegerAgentExporter =>
  new JaegerAgentExporter({ host: '127.0.0.1', port, protocol, maxPacketBytes, backlog: () => 0 });
const collector = (port: number): JaegerCollectorExporter =>
  new JaegerCollectorExporter({
    url: `http://127.0.0.1:${port}/api/traces`,
    username: undefined,
    password: undefined,
    timeoutMillis: 5000,
  });

describe.each(['compact', 'binary'] as const)('Thrift %s by UDP', (protocol) => {
  it('decodes to what was recorded, whatever the values', async () => {
    const receiver = await startJaegerAgent();
    await fc.assert(
      fc.asyncProperty(attributes, fc.string({ maxLength: 100 }), async (given, name) => {
        receiver.spans.length = 0;
        const sent = span(name, given);
        expect(await exported(agent(receiver.port, protocol), [sent])).toEqual({
          code: 0,
          tooLarge: 0,
        });
        await eventually(() => receiver.spans.length === 1, 'a span');
        expect(receiver.errors).toEqual([]);
        const { traceId, spanId } = sent.spanContext();
        const utf8 = (value: unknown): unknown =>
          typeof value === 'string' ? Buffer.from(value).toString() : value;
        expect(receiver.spans[0]).toMatchObject({
          service: 'mapper',
          process: { 'service.version': '1.2.3', n: 7 },
          name: utf8(name),
          traceId,
          spanId,
          parentSpanId: '0000000000000000',
          startTime: 1_764_000_000_123_457,
          duration: 1_000_000,
          logs: [{ event: 'exception', 'exception.message': 'no' }],
        });
        for (const [key, value] of Object.entries(given)) {
          expect(receiver.spans[0]?.tags[key]).toEqual(
            key === 'error' ? true : Object.is(value, -0) ? 0 : utf8(value),
          );
        }
      }),
      { numRuns: 60 },
    );
    expect([...receiver.protocols]).toEqual([protocol]);
    await receiver.close();
  });

  it('packs as many spans as fit, splits what does not, and tells what never will', async () => {
    const receiver = await startJaegerAgent();
    const spans = [30, 700, 5000, 400, 90].map((size, i) =>
      span(`s${i}`, { text: 'é'.repeat(size) }),
    );
    expect(await exported(agent(receiver.port, protocol, 3000), spans)).toEqual({
      code: 0,
      tooLarge: 1,
    });
    await eventually(() => receiver.count === 4, 'four spans');
    expect(receiver.spans.map(({ name }) => name)).toEqual(['s0', 's1', 's3', 's4']);
    await receiver.close();
  });
});

// thriftrw reads the binary protocol by Jaeger's own IDL, and shares no code with ours.
it('the binary protocol is read by an independent implementation: by UDP', async () => {
  const receiver = await startThriftrwAgent();
  const sent = span('independent', { text: 'é', ratio: 0.5, flag: false, list: ['a', 'b'] });
  await exported(agent(receiver.port, 'binary'), [sent]);
  await eventually(() => receiver.spans.length === 1, 'a span');
  expect(receiver.spans[0]).toMatchObject({
    service: 'mapper',
    name: 'independent',
    traceId: sent.spanContext().traceId,
    spanId: sent.spanContext().spanId,
    tags: {
      text: 'é',
      ratio: 0.5,
      flag: false,
      list: '["a","b"]',
      'span.kind': 'client',
      error: true,
      'otel.status_description': 'failed',
      'otel.scope.name': 'scope',
    },
  });
  await receiver.close();
});

it('the binary protocol is read by an independent implementation: by HTTP', async () => {
  const receiver = await startThriftrwCollector();
  const spans = Array.from({ length: 20 }, (_, i) => span(`s${i}`, { i }));
  expect(await exported(collector(receiver.port), spans)).toEqual({ code: 0 });
  expect(receiver.spans.map(({ name }) => name)).toEqual(spans.map(({ name }) => name));
  await receiver.close();
});

it('a collector that refuses, or is not there, is an error of the export', async () => {
  const receiver = await startJaegerCollector();
  receiver.answer = 503;
  expect(await exported(collector(receiver.port), [span('a', {})])).toMatchObject({
    code: 1,
    error: { message: 'the collector answered with 503' },
  });
  await receiver.close();
  expect(await exported(collector(receiver.port), [span('a', {})])).toMatchObject({ code: 1 });
});
