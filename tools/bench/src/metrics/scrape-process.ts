/** Serves many histogram series and measures itself while it is scraped: `scrape-process.js <job as JSON>`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInstruments, createMetricsHandler } from '@llm/metrics';
import { Histogram, Registry, type OpenMetricsContentType } from 'prom-client';
import { givenJob, tell } from '../fresh-process.js';

export interface ScrapeJob {
  readonly subject: 'prom-client' | '@llm/metrics';
  readonly series: number;
}

export interface ScrapeReady {
  readonly url: string;
  readonly bytesPerSeries: number;
}

export interface ScrapeFigures {
  readonly cpuMillis: number;
  readonly wallMillis: number;
  /** The longest time between two turns of the event loop, by the clock and by the CPU that was used. */
  readonly blockMillis: number;
  readonly blockCpuMillis: number;
}

const labelNames = ['tenant_id', 'route'] as const;
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const definition = { name: 'request_duration_seconds', help: 'Measured', labelNames };
const defaultLabels = { service: 'mapper', replica: 'mapper-7f9c', environment: 'production' };

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const { subject, series } = givenJob() as ScrapeJob;
const labelsOf = (i: number) => ({
  tenant_id: `tenant-${i % 1000}`,
  route: `/route/${Math.floor(i / 1000)}`,
});
const valueOf = (i: number): number => (i % 997) / 100;

const before = usedBytes();
const server = createServer();
if (subject === 'prom-client') {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  registry.setDefaultLabels(defaultLabels);
  const histogram = new Histogram({ ...definition, buckets, registers: [registry] });
  for (let i = 0; i < series * 3; i++) histogram.observe(labelsOf(i % series), valueOf(i));
  server.on('request', (_req, res) => {
    void registry
      .metrics()
      .then((text) => res.setHeader('content-type', registry.contentType).end(text));
  });
} else {
  const { registry, histogram } = createInstruments({ maxSeriesPerMetric: 1e6 });
  registry.setDefaultLabels(defaultLabels);
  const durations = histogram({ ...definition, buckets });
  for (let i = 0; i < series * 3; i++) durations.observe(labelsOf(i % series), valueOf(i));
  const handler = createMetricsHandler(registry, { gzip: false });
  server.on('request', (req, res) => void handler(req, res));
}
const bytesPerSeries = (usedBytes() - before) / series;

server.listen(0, '127.0.0.1', () => {
  const ready: ScrapeReady = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytesPerSeries,
  };
  tell(ready);
});

let block = 0;
let blockCpu = 0;
let turn = performance.now();
let turnCpu = process.cpuUsage();
let begun = process.cpuUsage();
let begunAt = performance.now();
const millis = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
setInterval(() => {
  block = Math.max(block, performance.now() - turn);
  blockCpu = Math.max(blockCpu, millis(process.cpuUsage(turnCpu)));
  turn = performance.now();
  turnCpu = process.cpuUsage();
}, 1);

process.on('message', (what) => {
  if (what === 'begin') {
    block = 0;
    blockCpu = 0;
    begun = process.cpuUsage();
    begunAt = performance.now();
    tell({});
    return;
  }
  const figures: ScrapeFigures = {
    cpuMillis: millis(process.cpuUsage(begun)),
    wallMillis: performance.now() - begunAt,
    blockMillis: block,
    blockCpuMillis: blockCpu,
  };
  tell(figures);
});
