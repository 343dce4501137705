import {
  context,
  diag,
  DiagConsoleLogger,
  DiagLogLevel,
  propagation,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type * as InstrumentationModule from '@opentelemetry/instrumentation';
import type * as ResourcesModule from '@opentelemetry/resources';
import type * as SdkModule from '@opentelemetry/sdk-trace-node';
import { registeredProvider, warnOfApiCopies } from '../api-copies.js';
import { incomingIds } from '../incoming-id.js';
import { propagateCorrelation } from '../outgoing-correlation.js';
import { instrumentApp, watchFastify } from './app.js';
import type { DeliveryStats } from './delivery-ledger.js';
import { exporterRecipe, packagesOf } from './exporter.js';
import { flushAfter } from './flush-after.js';
import { instrumentHttpServers } from './http-server.js';
import { chooseInstrumentations, createInstrumentations, reachModules } from './instrumentation.js';
import type { InstrumentationName } from './instrumentation-name.js';
import { loadPackage, requireInstalled } from './optional-package.js';
import { createPropagator, propagatorPackages } from './propagation.js';
import { createSampler } from './sampler.js';
import type { SetupTracingOptions } from './setup-options.js';
import { planSetup, type SetupPlan } from './setup-plan.js';
import { SpanPipeline } from './span-pipeline.js';
import type { TailStats } from './tail-options.js';
import { within } from './within.js';

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
  /** What `alwaysKeep` has done, where it is on. */
  readonly alwaysKeep?: TailStats | undefined;
  /** Whose tracer provider is in use: `other` when one was set up before, or `none` with `OTEL_SDK_DISABLED`. */
  readonly provider: 'own' | 'other' | 'none';
}

/** A running set-up. None of its methods throws or rejects. */
export interface Tracing {
  /** A tracer named after the service. */
  readonly tracer: Tracer;
  /** Sends what is queued; resolves when that is done, has failed, or took longer than `exportTimeoutMillis`. */
  forceFlush(): Promise<void>;
  /** Sends what is queued, within `shutdownTimeoutMillis`, and ends tracing: what is left is counted as dropped. */
  shutdown(): Promise<void>;
  /** Wraps a function so that its result comes after {@link forceFlush}: for platforms that freeze a process once it has answered. */
  flushAfter<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => Promise<Awaited<R>>;
  /** Counts of what was sent and lost. */
  stats(): TracingSetupStats;
}

const sdkPackages = [
  '@opentelemetry/sdk-trace-node',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/resources',
];

// On the provider that is ours, so that a second set-up is told from a provider of somebody else's.
const ownKey = Symbol.for('llm.tracing.provider.v1');

/**
 * Sets up tracing for the process: tracer provider, batched export, instrumentation of HTTP, fetch,
 * Fastify, Express, pg, ioredis and redis, correlation ids on every request and every span.
 *
 * Call it first. Modules that are loaded already are instrumented too where they allow it, so that it
 * works from an ES module whose imports ran before; a Fastify application must not have routes yet.
 *
 * A tracer provider that somebody else has set up (Sentry, Datadog, Vercel) is joined, not replaced: its
 * spans and exporters stay as they are, and correlation ids are added.
 *
 * @throws TracingConfigError naming the option or the variable that is wrong
 * @throws MissingPackagesError with the one command that installs what is missing
 * @throws Error when it was called before in this process and not shut down
 */
export function setupTracing(options: SetupTracingOptions = {}): Tracing {
  const plan = planSetup(options, process.env);
  const other = registeredProvider();
  if (other !== undefined && ownKey in other) {
    throw new Error('setupTracing: tracing is set up in this process already; shut it down first');
  }
  if (plan.disabled) return correlateOnly(plan, 'none');
  if (other !== undefined) {
    process.emitWarning(
      `setupTracing: a tracer provider is set up already (${other.constructor.name}). It is joined: ` +
        'its exporters and instrumentations count, those given here do not.',
      { code: 'LLM_TRACING_JOINED' },
    );
    return correlateOnly(plan, 'other');
  }
  return setUp(plan);
}

function setUp(plan: SetupPlan): Tracing {
  const { chosen, packages, suggested } = chooseInstrumentations(plan);
  const needed = [
    ...sdkPackages,
    ...propagatorPackages(plan),
    ...plan.exporters.flatMap(packagesOf),
    ...packages,
  ];
  requireInstalled(needed, suggested);
  const logLevel = process.env['OTEL_LOG_LEVEL']?.toUpperCase();
  if (logLevel !== undefined && logLevel in DiagLogLevel) {
    diag.setLogger(new DiagConsoleLogger(), DiagLogLevel[logLevel as keyof typeof DiagLogLevel]);
  }
  const recipes = plan.exporters.map((each) => exporterRecipe(each, plan.exportTimeoutMillis));
  const pipeline = new SpanPipeline(plan, recipes);
  const provider = createProvider(plan, pipeline);
  const instrumentations = createInstrumentations(chosen, plan);
  const fastify = instrumentations.find(({ name }) => name === 'fastify')?.instrumentation;
  provider.register({ propagator: createPropagator(plan) });
  warnOfApiCopies();
  const tracer = provider.getTracer(plan.serviceName);
  const stop = correlate(plan, chosen, chosen.includes('http') ? tracer : undefined);
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
    stop();
    trace.disable();
    context.disable();
    propagation.disable();
  };
  const forceFlush = (): Promise<void> => within(plan.exportTimeoutMillis, pipeline.forceFlush());
  return {
    tracer,
    forceFlush,
    flushAfter: (fn) => flushAfter(fn, forceFlush),
    shutdown: () => (ended ??= end()),
    stats: () => ({
      ...summary(pipeline.stats(), chosen),
      alwaysKeep: pipeline.tailStats(),
      provider: 'own',
    }),
  };
}

/** Correlation ids alone: beside a provider that is somebody else's, or with none at all. */
function correlateOnly(plan: SetupPlan, provider: 'other' | 'none'): Tracing {
  const { chosen } = chooseInstrumentations(plan);
  const stop = correlate(plan, chosen, undefined);
  instrumentApp(plan, undefined);
  const flush = async (): Promise<void> => {
    if (provider === 'none') return;
    const registered = registeredProvider() as { forceFlush?: () => Promise<void> } | undefined;
    await within(plan.exportTimeoutMillis, Promise.resolve(registered?.forceFlush?.()));
  };
  return {
    tracer: trace.getTracer(plan.serviceName),
    forceFlush: flush,
    flushAfter: (fn) => flushAfter(fn, flush),
    shutdown: () => {
      stop();
      return Promise.resolve();
    },
    stats: () => ({ ...summary([], []), provider }),
  };
}

/** What needs no SDK: ids of all HTTP servers and outgoing requests, routes of Fastify. */
function correlate(
  plan: SetupPlan,
  chosen: readonly InstrumentationName[],
  tracer: Tracer | undefined,
): () => void {
  const { correlation, propagateTo, ignoreIncomingPaths, recordUrlQuery } = plan;
  const ids = correlation === false ? undefined : incomingIds(correlation);
  const stops: (() => void)[] = [];
  if (chosen.includes('http')) {
    stops.push(
      instrumentHttpServers({ tracer, ids, ignorePaths: ignoreIncomingPaths, recordUrlQuery }),
    );
  }
  if (chosen.includes('fastify')) stops.push(watchFastify(plan));
  if (propagateTo.length > 0) stops.push(propagateCorrelation({ hosts: propagateTo }));
  return () => {
    for (const stop of stops) stop();
  };
}

function createProvider(plan: SetupPlan, pipeline: SpanPipeline): SdkModule.NodeTracerProvider {
  const sdk = loadPackage('@opentelemetry/sdk-trace-node') as typeof SdkModule;
  const resources = loadPackage('@opentelemetry/resources') as typeof ResourcesModule;
  const own = resources.resourceFromAttributes(plan.resourceAttributes);
  const limits = Object.entries(plan.spanLimits).filter(([, value]) => value !== undefined);
  const provider = new sdk.NodeTracerProvider({
    resource: resources.defaultResource().merge(own),
    sampler: createSampler(plan.sampler),
    spanLimits: Object.fromEntries(limits),
    spanProcessors: [pipeline],
  });
  return Object.assign(provider, { [ownKey]: true });
}

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

function summary(
  exporters: readonly DeliveryStats[],
  instrumentations: readonly InstrumentationName[],
): Omit<TracingSetupStats, 'provider'> {
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
