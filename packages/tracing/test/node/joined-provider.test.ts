import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterEach, expect, it, vi } from 'vitest';
import { CorrelationSpanProcessor, getCorrelationId, traceFunction } from '../../src/index.js';
import { setupTracing, type Tracing } from '../../src/node.js';
import { traceTree } from '../../src/testing.js';

let tracing: Tracing | undefined;
afterEach(async () => {
  await tracing?.shutdown();
  trace.disable();
  vi.restoreAllMocks();
});

it('a provider that somebody else has set up is joined, not replaced, and told of', async () => {
  const memory = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({
    spanProcessors: [new CorrelationSpanProcessor(), new SimpleSpanProcessor(memory)],
  });
  provider.register();
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
  const never = new InMemorySpanExporter();
  tracing = setupTracing({ serviceName: 's', exporter: never });
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    expect.stringContaining('a tracer provider is set up already (NodeTracerProvider)'),
    { code: 'LLM_TRACING_JOINED' },
  );
  expect(tracing.stats()).toMatchObject({ provider: 'other', exporters: [] });

  const work = traceFunction('work')(() => getCorrelationId());
  const server = createServer((_req, res) => {
    res.end(traceFunction('handle')(() => work())());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const response = await fetch(url, { headers: { 'x-correlation-id': 'order-7' } });
  expect(await response.text()).toBe('order-7');
  tracing.tracer.startSpan('own').end();
  server.closeAllConnections();
  server.close();
  expect(traceTree(memory.getFinishedSpans(), { attributes: ['correlation_id'] })).toBe(
    ['handle [correlation_id="order-7"]', '  work [correlation_id="order-7"]', 'own'].join('\n'),
  );
  await tracing.forceFlush();
  await tracing.shutdown();
  expect(never.getFinishedSpans()).toEqual([]);
  // Its owner goes on.
  trace.getTracer('t').startSpan('after').end();
  expect(memory.getFinishedSpans().at(-1)?.name).toBe('after');
});
