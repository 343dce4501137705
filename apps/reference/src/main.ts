import { flushLogs } from '@llm/logging';
import { TracingConfigError } from '@llm/tracing';
import { ConfigurationError, readConfiguration } from './configuration.js';
import { setupTelemetry, type Telemetry } from './telemetry.js';

const closeDeadlineMillis = 15_000;

try {
  const configuration = readConfiguration(process.argv.slice(2), process.env);
  const telemetry = configuration.observability ? setupTelemetry() : undefined;
  const logger = telemetry?.logger;
  // What is traced (Fastify, pg, ioredis) is imported after tracing was set up.
  const service =
    telemetry === undefined
      ? await (await import('./unobserved-service.js')).startUnobserved(configuration)
      : await (await import('./service.js')).startService(configuration, telemetry);
  process.stdout.write(banner(service, telemetry, configuration.allowFaults));

  const close = (signal: NodeJS.Signals): void => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    // A second signal, or a part that does not come to an end, stops it at once.
    process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143));
    setTimeout(() => process.exit(1), closeDeadlineMillis).unref();
    logger?.info('stopping', { signal });
    void service
      .close()
      .catch((error: unknown) =>
        (logger ?? console).error('not everything could be closed', { error }),
      )
      .then(() => telemetry?.tracing.shutdown())
      .then(() => logger?.info('stopped', { spans: telemetry?.tracing.stats() }))
      .then(() => flushLogs())
      .then(() => process.exit(0));
  };
  process.on('SIGINT', close).on('SIGTERM', close);
} catch (error) {
  // A stack says nothing to whoever mistyped an option.
  const known =
    error instanceof ConfigurationError ||
    error instanceof TracingConfigError ||
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(known ? (error as Error).message : error);
  await flushLogs();
  process.exit(1);
}

function banner(
  {
    url,
    database,
    detectors,
  }: { url: string; database: string; detectors: Readonly<Record<string, string>> },
  telemetry: Telemetry | undefined,
  faults: boolean,
): string {
  const exporters = telemetry?.tracing.stats().exporters.map(({ exporter }) => exporter);
  const lines = [
    `Compliance mapper at ${url}`,
    `  POST ${url}/map          {"text": "…"}`,
    ...(exporters === undefined
      ? []
      : [
          `  page      ${url}/`,
          `  metrics   ${url}/metrics`,
          `  alerts    ${url}/alerts`,
          `  traces    ${url}/traces/<correlation id>`,
        ]),
    ...(faults
      ? [`  faults    POST ${url}/faults  {"kind": "latency", "durationSeconds": 20}`]
      : []),
    `  detectors ${Object.entries(detectors)
      .map(([name, version]) => `${name} (${version})`)
      .join(', ')}`,
    `  database  ${database}`,
    exporters === undefined ? '  not observed' : `  spans to  ${exporters.join(', ')}`,
    '  stop with Ctrl-C',
  ];
  return `\n${lines.join('\n')}\n\n`;
}
