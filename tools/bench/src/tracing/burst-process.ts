/** Makes spans with the default settings, serves requests meanwhile, and tells what became of both. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
// eslint-disable-next-line @nx/enforce-module-boundaries -- it is the service that has to load it late
import { setupTracing, type ExporterOptions, type SpanExporterLike } from '@llm/tracing/node';
import { quantile } from '../figures.js';
import { freshProcess, givenJob, answerOf, tell } from '../fresh-process.js';
import type { BurstJob, BurstResult } from './burst-job.js';

const job = givenJob() as BurstJob;
const nowhere: SpanExporterLike = {
  export: (_spans, done: (result: { code: number }) => void) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};

function exporter(): ExporterOptions | SpanExporterLike {
  switch (job.destination) {
    case undefined:
      return nowhere;
    case 'jaeger':
      return { type: 'jaeger', host: '127.0.0.1', port: job.port };
    case 'jaeger-http':
      return { type: 'jaeger-http', url: `http://127.0.0.1:${job.port}/api/traces` };
    default:
      return { type: job.destination, url: job.url };
  }
}

let told = 0;
const tracing = setupTracing({
  serviceName: 'burst',
  exporter: exporter(),
  instrumentations: [],
  onDrop: ({ count }) => (told += count),
});
const attributes = {
  'http.request.method': 'POST',
  'http.route': '/map/:id',
  'url.path': '/map/7',
  'http.response.status_code': 200,
  'server.address': 'mapper.internal',
  'server.port': 443,
  'user_agent.original': 'bench/1.0',
  correlation_id: '0b9f2c1e-6f0e-4d0c-9a55-0d4a4e1c7a10',
  tenant_id: 'acme',
  success: true,
};

let made = 0;
function make(count: number): void {
  for (let i = 0; i < count; i++) tracing.tracer.startSpan('POST /map/:id', { attributes }).end();
  made += count;
}

const memory = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};

const server = createServer((_req, res) => res.end('ok')).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const prober = freshProcess('tracing/prober', { port: (server.address() as AddressInfo).port });
await answerOf(prober);

// What is loaded and compiled at the first export is not of interest.
for (let i = 0; i < 20; i++) {
  make(200);
  await sleep(10);
}
await tracing.forceFlush();
const warm = made;

globalThis.gc?.();
const before = memory();
let peak = before;
const began = process.cpuUsage();
prober.send('start');
if (job.burst > 0) make(job.burst);
const start = performance.now();
while (performance.now() - start < job.seconds * 1000) {
  await sleep(5);
  const due = Math.floor(((performance.now() - start) / 1000) * job.rate) - (made - warm);
  // A machine that stood still is not made up for in one tick.
  make(Math.min(Math.max(0, due), job.rate / 2));
  peak = Math.max(peak, memory());
}
const answer = answerOf<{ latencies: number[] }>(prober);
prober.send('stop');
const { latencies } = await answer;
prober.disconnect();
await tracing.forceFlush();
const { user, system } = process.cpuUsage(began);
const { exported, failed, dropped, queued, exporters } = tracing.stats();
// What was dropped is told once a second.
await sleep(1100);
tell(
  {
    made,
    exported,
    failed,
    dropped,
    queued,
    told,
    lastError: exporters[0]?.lastError ?? '',
    peakMegabytes: peak - before,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuMicros: (user + system) / (made - warm),
  } satisfies BurstResult,
  () => process.exit(0),
);
