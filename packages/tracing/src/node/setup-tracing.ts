import { context, propagation, ProxyTracerProvider, trace, type Tracer } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type * as InstrumentationModule from '@opentelemetry/instrumentation';
import type * as ResourcesModule from '@opentelemetry/resources';
import type * as SdkModule from '@opentelemetry/sdk-trace-node';
import { instrumentApp } from './app.js';
import type { DeliveryStats } from './delivery-ledger.js';
import { exporterRecipe, packagesOf } from './exporter.js';
import { chooseInstrumentations, createInstrumentations, reachModules } from './instrumentation.js';
import type { InstrumentationName } from './instrumentation-name.js';
import { loadPackage, requireInstalled } from './optional-package.js';
import { planSetup, type SetupPlan, type SetupTracingOptions } from './setup-options.js';
import { SpanPipeline } from './span-pipeline.js';

/** What the set-up has sent and lost. */
export interface TracingSetupStats {
  /** Spans sent, all exporters together. */
  readonly exported: number;
  /** Spans lost in failed exports, all exporters together. */
  readonly failed: number;
  /** Spans dropped before an export, all exporters together. */
  readonly dropped: number;
  /** Spans that wait or are on their way, all exporters together. */
  readonly queued: number;
  /** The same for each exporter. */
  readonly exporters: readonly DeliveryStats[];
  /** What is instrumented. */
  readonly instrumentations: readonly InstrumentationName[];
}

/** A running set-up. None of its methods throws or rejects. */
export interface Tracing {
  /** A tracer named after the service. */
  readonly tracer: Tracer;
  /** Sends what is queued; resolves when that is done, has failed, or took longer than `exportTimeoutMillis`. */
  forceFlush(): Promise<void>;
  /** Sends what is queued, within `shutdownTimeoutMillis`, and ends tracing: what is left is counted as dropped. */
  shutdown(): Promise<void>;
  /** Counts of what was sent and lost. */
  stats(): TracingSetupStats;
}

const sdkPackages = [
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/resources',
];

/**
 * Sets up tracing for the process: tracer provider, batched export, instrumentation of HTTP, fetch,
 * Fastify, Express, pg, ioredis and redis, correlation ids on every span.
 *
 * Call it first. Modules that are loaded already are instrumented too where they allow it, so that it
 * works from an ES module whose imports ran before; a Fastify application must not have routes yet.
 *
 * @throws TracingConfigError naming the option that is wrong
 * @throws MissingPackagesError with the one command that installs what is missing
 * @throws Error when another tracer provider is set up in this process
 */
export function setupTracing(options: SetupTracingOptions): Tracing {
  const plan = planSetup(options);
  const { chosen, packages } = chooseInstrumentations(plan);
  requireInstalled([...sdkPackages, ...plan.exporters.flatMap(packagesOf), ...packages]);
  refuseSecondProvider();

  const recipes = plan.exporters.map((each) => exporterRecipe(each, plan.exportTimeoutMillis));
  const pipeline = new SpanPipeline(plan, recipes);
  const provider = createProvider(plan, pipeline);
  const instrumentations = createInstrumentations(chosen, plan);
  const fastify = instrumentations.find(({ name }) => name === 'fastify')?.instrumentation;
  provider.register();
  enable(
    instrumentations.map(({ instrumentation }) => instrumentation),
    provider,
  );
  reachModules(chosen);
  instrumentApp(plan, fastify);

  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await within(plan.shutdownTimeoutMillis, provider.shutdown());
    pipeline.abandon();
    for (const { instrumentation } of instrumentations) instrumentation.disable();
    trace.disable();
    context.disable();
    propagation.disable();
  };
  return {
    tracer: provider.getTracer(plan.serviceName),
    forceFlush: () => within(plan.exportTimeoutMillis, pipeline.forceFlush()),
    shutdown: () => (ended ??= end()),
    stats: () => summary(pipeline.stats(), chosen),
  };
}

function createProvider(plan: SetupPlan, pipeline: SpanPipeline): SdkModule.NodeTracerProvider {
  const sdk = loadPackage('@opentelemetry/sdk-trace-node') as typeof SdkModule;
  const resources = loadPackage('@opentelemetry/resources') as typeof ResourcesModule;
  const own = resources.resourceFromAttributes(plan.resourceAttributes);
  return new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(own),
    sampler: new sdk.ParentBasedSampler({
      root: new sdk.TraceIdRatioBasedSampler(plan.sampleRatio),
    }),
    spanProcessors: [pipeline],
  });
}

/* eslint-disable @typescript-eslint/no-deprecated -- goes with API 2, which this entry's SDK does not take */
function refuseSecondProvider(): void {
  const current = trace.getTracerProvider();
  const delegate = current instanceof ProxyTracerProvider ? current.getDelegate() : current;
  if (delegate === new ProxyTracerProvider().getDelegate()) return;
  throw new Error(
    'setupTracing: a tracer provider is set up in this process already ' +
      `(${delegate.constructor.name}); shut it down first, or use that one with the core entry alone`,
  );
}
/* eslint-enable @typescript-eslint/no-deprecated */

function enable(
  instrumentations: readonly Instrumentation[],
  tracerProvider: SdkModule.NodeTracerProvider,
): void {
  if (instrumentations.length === 0) return;
  const { registerInstrumentations } = loadPackage(
    '@opentelemetry/instrumentation',
  ) as typeof InstrumentationModule;
  registerInstrumentations({ instrumentations: [...instrumentations], tracerProvider });
}

/** Waits for work that must not fail, and no longer than a time. */
async function within(millis: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  await Promise.race([work.catch(() => undefined), deadline]);
  clearTimeout(timer);
}

function summary(
  exporters: readonly DeliveryStats[],
  instrumentations: readonly InstrumentationName[],
): TracingSetupStats {
  const sum = (name: 'exported' | 'failed' | 'dropped' | 'queued'): number =>
    exporters.reduce((total, each) => total + each[name], 0);
  return {
    exported: sum('exported'),
    failed: sum('failed'),
    dropped: sum('dropped'),
    queued: sum('queued'),
    exporters,
    instrumentations,
  };
}
