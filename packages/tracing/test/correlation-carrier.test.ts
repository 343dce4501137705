import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { context, propagation, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  extractCorrelation,
  getCorrelationId,
  getLlmContext,
  injectCorrelation,
  TracingConfigError,
  traceFunction,
  withCorrelationId,
  withLlmContext,
  type CorrelationCarrier,
} from '../src/index.js';
import { recordSpans, type MemorySpans } from '../src/testing.js';

describe('with no SDK', () => {
  it('the id alone travels', () => {
    const carrier = withCorrelationId('order-7', () => injectCorrelation());
    expect(carrier).toEqual({ 'x-correlation-id': 'order-7' });
    expect(extractCorrelation(carrier, getCorrelationId)).toBe('order-7');
  });

  it('reaches a worker thread, as data of a message', async () => {
    const worker = new Worker(
      fileURLToPath(new URL('fixtures/correlated-worker.js', import.meta.url)),
      { workerData: withCorrelationId<unknown>('order-8', injectCorrelation) },
    );
    const [id] = (await once(worker, 'message')) as [string];
    expect(id).toBe('order-8');
    await worker.terminate();
  });
});

describe('with an SDK', () => {
  let memory: MemorySpans;
  beforeAll(() => {
    memory = recordSpans();
  });
  beforeEach(() => memory.reset());
  afterAll(() => memory.stop());

  it('work elsewhere hangs under the span in which the carrier was written', () => {
    const send = traceFunction('send')(() => JSON.stringify(injectCorrelation()));
    const message = withCorrelationId('order-7', send);
    const receive = traceFunction('receive')(() => getCorrelationId());
    // In a poll of its own, whose span is not the parent.
    const poll = traceFunction('poll')(() => extractCorrelation(JSON.parse(message), receive));
    expect(poll()).toBe('order-7');
    expect(memory.tree({ attributes: ['correlation_id'] })).toBe(
      ['poll', 'send [correlation_id="order-7"]', '  receive [correlation_id="order-7"]'].join(
        '\n',
      ),
    );
    expect(memory.one('receive').parentSpanContext?.isRemote).toBe(true);
  });

  it('baggage and trace state travel, and what is written twice is written anew', () => {
    const carrier: CorrelationCarrier = { kept: 1, traceparent: 'of yesterday' };
    const baggage = propagation.createBaggage({ plan: { value: 'gold, or more' } });
    context.with(propagation.setBaggage(context.active(), baggage), () => {
      traceFunction('send')(() => injectCorrelation(carrier))();
    });
    expect(carrier).toMatchObject({ kept: 1, baggage: 'plan=gold%2C%20or%20more' });
    expect(carrier['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const seen = extractCorrelation({ ...carrier, tracestate: 'vendor=1' }, () => [
      propagation.getActiveBaggage()?.getEntry('plan')?.value,
      trace.getActiveSpan()?.spanContext().traceState?.get('vendor'),
    ]);
    expect(seen).toEqual(['gold, or more', '1']);
  });

  it('tenant, user and conversation travel only when they are asked for', () => {
    const fields = { tenantId: 'acme', userId: 'u-1', conversationId: 'c-1' };
    const bare: unknown = withLlmContext(fields, () => injectCorrelation());
    const asked = withLlmContext(fields, () =>
      injectCorrelation({}, { include: ['tenantId', 'conversationId'] }),
    );
    expect(JSON.stringify(bare)).not.toMatch(/acme|u-1|c-1/);
    expect(extractCorrelation(asked, getLlmContext)).toMatchObject({
      tenantId: 'acme',
      userId: undefined,
      conversationId: 'c-1',
    });
    expect(() => injectCorrelation({}, { include: ['password' as never] })).toThrow(
      TracingConfigError,
    );
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'x-correlation-id: a'],
    ['an array', ['x-correlation-id', 'a']],
    ['fields that are no texts', { 'x-correlation-id': 7, traceparent: {}, baggage: [] }],
    ['a bad id', { 'x-correlation-id': 'a\r\nb' }],
    [
      'getters that throw',
      {
        get traceparent(): string {
          throw new Error('no');
        },
      },
    ],
  ])('a carrier that is %s gives a new id and no parent', (_, carrier) => {
    const seen = extractCorrelation(carrier, () => [getCorrelationId(), trace.getActiveSpan()]);
    expect(seen).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), undefined]);
  });

  it('a carrier that cannot be written to costs nobody anything', () => {
    const carrier = Object.freeze({});
    expect(withCorrelationId('a', () => injectCorrelation(carrier))).toBe(carrier);
  });
});

it('works beside a provider without a propagator: our own W3C headers are written and read', async () => {
  const { BasicTracerProvider } = await import('@opentelemetry/sdk-trace-base');
  const { AsyncLocalStorageContextManager } = await import('@opentelemetry/context-async-hooks');
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  try {
    const carrier = traceFunction('send')(() => injectCorrelation())();
    const [, traceId, spanId] = String(carrier['traceparent']).split('-');
    const parent = extractCorrelation(carrier, () => trace.getActiveSpan()?.spanContext());
    expect(parent).toMatchObject({ traceId, spanId, traceFlags: 1, isRemote: true });
  } finally {
    trace.disable();
    context.disable();
  }
});
