/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
/** The work of the reference app, observed by stock parts as their documentation shows: a program like its `main.ts`. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { FastifyOtelInstrumentation } from '@fastify/otel';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import winston from 'winston';

interface StockDetector {
  readonly name: string;
  readonly version: string;
  detect(text: string): unknown;
}

/** Of the app's own modules, whose types are not of this project. */
interface AppModules {
  readonly readConfiguration: (args: readonly string[], env: NodeJS.ProcessEnv) => object;
  readonly startUnobserved: (configuration: object, observers: object) => Promise<unknown>;
}

/** Takes spans and forgets them. */
class Sink extends InMemorySpanExporter {
  override export(_spans: unknown, done: (result: { code: number }) => void): void {
    done({ code: 0 });
  }
}

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new Sink(), { maxQueueSize: 65_536 })],
});
provider.register();
registerInstrumentations({
  instrumentations: [
    new HttpInstrumentation(),
    new FastifyOtelInstrumentation({ registerOnInitialization: true }),
    new PgInstrumentation(),
  ],
});
const require = createRequire(import.meta.url);
// Patched as they are required; what the app imports afterwards is the same module.
for (const name of ['node:http', 'pg']) require(name);

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const registers = [registry];
const detections = new Counter({
  name: 'detector_requests_total',
  help: 'detections',
  labelNames: ['detector_type', 'tenant_id', 'status'],
  registers,
});
const inference = new Histogram({
  name: 'model_inference_duration_seconds',
  help: 'time of a detection',
  labelNames: ['model_name', 'model_version'],
  registers,
});
const confidence = new Histogram({
  name: 'mapping_confidence_score',
  help: 'confidence',
  labelNames: ['framework', 'category'],
  buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  registers,
});
const violations = new Counter({
  name: 'compliance_violations_total',
  help: 'violations',
  labelNames: ['framework', 'severity', 'category'],
  registers,
});
const requests = new Histogram({
  name: 'http_server_request_duration_seconds',
  help: 'time of a request',
  labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
  registers,
});
const logger = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  defaultMeta: { service: 'compliance-mapper' },
  transports: [new winston.transports.Stream({ stream: process.stdout })],
});
const tracer = trace.getTracer('compliance-mapper');

function observed(detector: StockDetector) {
  const { name, version } = detector;
  return (text: string): Promise<unknown> =>
    tracer.startActiveSpan(`detect ${name}`, async (span) => {
      const start = performance.now();
      let status = 'success';
      try {
        return await detector.detect(text);
      } catch (error) {
        status = 'error';
        span.recordException(error as Error);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        const labels = { model_name: name, model_version: version };
        inference.observe(labels, (performance.now() - start) / 1000);
        detections.inc({ detector_type: name, tenant_id: 'unknown', status });
        span.end();
      }
    });
}

function onMapped(
  mappings: readonly {
    framework: string;
    category: string;
    severity: string;
    confidence: number;
  }[],
): void {
  for (const mapping of mappings) {
    const { framework, category, severity } = mapping;
    confidence.observe({ framework, category }, mapping.confidence);
    violations.inc({ framework, severity, category });
  }
}

function server(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const id = String(request.headers['x-correlation-id'] ?? randomUUID());
    trace.getActiveSpan()?.setAttribute('correlation_id', id);
    void reply.header('x-correlation-id', id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
    logger.info('request', {
      correlation_id: reply.getHeader('x-correlation-id'),
      trace_id: traceId,
      span_id: spanId,
      method: request.method,
      route,
      status: reply.statusCode,
      duration_ms: Math.round(reply.elapsedTime * 100) / 100,
    });
    requests.observe(
      {
        http_request_method: request.method,
        http_route: route,
        http_response_status_code: reply.statusCode,
      },
      reply.elapsedTime / 1000,
    );
    done();
  });
}

const dist = '../../../../apps/reference/dist/';
const load = async (name: string): Promise<AppModules> =>
  (await import(new URL(dist + name, import.meta.url).href)) as AppModules;
const { readConfiguration } = await load('configuration.js');
const { startUnobserved } = await load('unobserved-service.js');
await startUnobserved(readConfiguration(process.argv.slice(2), process.env), {
  observed,
  onMapped,
  server,
});
process.once('SIGTERM', () => process.exit(0));
