import { registeredProvider } from './api-copies.js';
import { setupTracing, type Tracing } from './node/setup-tracing.js';

/*
 * `node --import @llm/tracing/register app.mjs`: tracing by `OTEL_*` alone. Without any of them spans go
 * where OpenTelemetry's default is, an OTLP receiver at localhost:4318.
 */
const env = process.env;
const addresses = [
  'OTEL_TRACES_EXPORTER',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_JAEGER_ENDPOINT',
  'OTEL_EXPORTER_JAEGER_AGENT_HOST',
];
const named =
  env['OTEL_SERVICE_NAME'] || env['OTEL_RESOURCE_ATTRIBUTES']?.includes('service.name=');

/** The set-up of this process. */
export const tracing: Tracing = setupTracing({
  ...(addresses.some((name) => env[name]) ? {} : { exporter: 'otlp' }),
  ...(named ? {} : { serviceName: env['npm_package_name'] ?? 'unknown_service:node' }),
});

const signals = ['SIGTERM', 'SIGINT'] as const;

if (registeredProvider() !== undefined) {
  process.once('beforeExit', () => void tracing.shutdown());
  for (const signal of signals) process.once(signal, () => void onSignal(signal));
}

/** Sends what is queued; then, if nobody else takes the signal, the process ends by it. */
async function onSignal(signal: NodeJS.Signals): Promise<void> {
  // `once` has removed ours: who is left has plans of its own, such as to go on.
  if (process.listenerCount(signal) > 0) {
    await tracing.forceFlush();
    return;
  }
  await tracing.shutdown();
  process.kill(process.pid, signal);
}
