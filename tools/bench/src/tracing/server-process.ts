/** A Fastify service, traced in one of several ways, that measures its own CPU time. */
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { givenJob, tell } from '../fresh-process.js';
import { Load } from './load.js';
import { sharesOf } from './profile.js';
import type { Order, Way } from './ways.js';

const require = createRequire(import.meta.url);

/** Takes spans and does nothing with them, so that all ways export at the same price. */
class Sink implements SpanExporter {
  count = 0;

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    this.count += spans.length;
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** Sets tracing up, before Fastify is loaded. */
async function setUp(way: Way, sink: Sink): Promise<void> {
  const { setupTracing } = await import('@llm/tracing/node');
  switch (way) {
    case 'nothing':
      return;
    case 'ours':
      setupTracing({ serviceName: 's', exporter: sink, instrumentations: ['http', 'fastify'] });
      return;
    case 'ours, all instrumentations':
      setupTracing({ serviceName: 's', exporter: sink });
      return;
    case 'ids only':
      process.env['OTEL_SDK_DISABLED'] = 'true';
      setupTracing({ serviceName: 's', exporter: sink, instrumentations: ['http', 'fastify'] });
      return;
    case '@fastify/otel + http':
    case 'http alone': {
      const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
      const { BatchSpanProcessor } = await import('@opentelemetry/sdk-trace-base');
      const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
      const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
      const { FastifyOtelInstrumentation } = await import('@fastify/otel');
      const queue = { maxQueueSize: 65_536 };
      const provider = new NodeTracerProvider({
        spanProcessors: [new BatchSpanProcessor(sink, queue)],
      });
      provider.register();
      const others =
        way === 'http alone'
          ? []
          : [new FastifyOtelInstrumentation({ registerOnInitialization: true })];
      registerInstrumentations({ instrumentations: [new HttpInstrumentation(), ...others] });
      require('node:http');
    }
  }
}

const { way } = givenJob() as { way: Way };
const sink = new Sink();
await setUp(way, sink);
const Fastify = require('fastify') as typeof import('fastify').default;
const app = Fastify();
app.post('/map/:id', (request) => ({
  id: (request.params as { id: string }).id,
  size: JSON.stringify(request.body).length,
}));
await app.ready();
const load = new Load(app.server, 16);

async function profiled(requests: number): Promise<object> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  await load.send(requests);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { shares: sharesOf(profile) };
}

async function measured(requests: number): Promise<object> {
  globalThis.gc?.();
  const before = sink.count;
  const began = process.cpuUsage();
  const beganAt = performance.now();
  await load.send(requests);
  const { user, system } = process.cpuUsage(began);
  const wallMicros = ((performance.now() - beganAt) * 1000) / requests;
  return {
    micros: (user + system) / requests,
    wallMicros,
    spans: (sink.count - before) / requests,
  };
}

process.on('message', ({ order, requests }: Order) => {
  if (order === 'end') process.exit(0);
  void (order === 'measure' ? measured(requests) : profiled(requests)).then((answer) => {
    tell(answer);
  });
});
tell({});
