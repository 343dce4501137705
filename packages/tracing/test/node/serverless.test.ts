import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { correlationHandler, traceFunction } from '../../src/index.js';
import { setupTracing, type Tracing } from '../../src/node.js';
import { startOtlpReceiver } from '../../src/testing.js';
import { eventually } from '../eventually.js';

let tracing: Tracing;
afterEach(() => tracing.shutdown());

it('a handler answers when its spans have been sent: what is frozen then loses nothing', async () => {
  const receiver = await startOtlpReceiver();
  tracing = setupTracing({
    serviceName: 's',
    instrumentations: [],
    exporter: { type: 'otlp', url: receiver.url },
    flushIntervalMillis: 60_000,
  });
  const work = traceFunction('work')(() => sleep(1));
  const handler = tracing.flushAfter(
    correlationHandler<Request, []>(async () => {
      await work();
      return Response.json('ok');
    }),
  );
  const response = await handler(new Request('http://a.example/'));
  expect(await response.json()).toBe('ok');
  expect(receiver.spans.map(({ name }) => name)).toEqual(['work', 'GET']);
  const failing = tracing.flushAfter(
    traceFunction('failing')(() => Promise.reject(new Error('no'))),
  );
  await expect(failing()).rejects.toThrow('no');
  expect(receiver.count).toBe(3);
  await receiver.close();
});

it('a receiver that hangs delays an answer for as long as the time limit, and no longer', async () => {
  const receiver = await startOtlpReceiver();
  receiver.answer = 'hang';
  tracing = setupTracing({
    serviceName: 's',
    instrumentations: [],
    exporter: { type: 'otlp', url: receiver.url },
    exportTimeoutMillis: 150,
    shutdownTimeoutMillis: 100,
  });
  const start = performance.now();
  expect(await tracing.flushAfter(traceFunction('work')(() => 7))()).toBe(7);
  expect(performance.now() - start).toBeLessThan(1500);
  await receiver.close();
});

it('with `serverless` the spans of a request leave when its first one ends', async () => {
  const receiver = await startOtlpReceiver();
  tracing = setupTracing({
    serviceName: 's',
    instrumentations: [],
    exporter: { type: 'otlp', url: receiver.url },
    flushIntervalMillis: 60_000,
    serverless: true,
  });
  traceFunction('request')(traceFunction('part')(() => 1))();
  await eventually(() => receiver.count === 2, 'both spans');
  await receiver.close();
});
