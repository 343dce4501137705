import type { Attributes } from '@opentelemetry/api';
import { TracingConfigError } from '../config-error.js';
import { hostList } from '../host-list.js';
import { incomingIds, type CorrelationOptions } from '../incoming-id.js';
import { maskText } from '../mask.js';
import { checkApp } from './app-kind.js';
import type { DroppedSpans } from './delivery-ledger.js';
import { readEnvironment, type Environment, type Variables } from './environment.js';
import { checkInteger, planExporters, type ExporterPlan } from './exporter-options.js';
import { checkInstrumentations, type InstrumentationName } from './instrumentation-name.js';
import { checkPropagators, type PropagatorName } from './propagator-name.js';
import type { SamplerPlan } from './sampler.js';
import type { SetupTracingOptions, SpanLimitOptions } from './setup-options.js';
import type { TailPlan } from './tail-options.js';

/** Options and environment with their defaults, checked. */
export interface SetupPlan {
  readonly disabled: boolean;
  readonly serviceName: string;
  readonly resourceAttributes: Attributes;
  readonly exporters: readonly ExporterPlan[];
  readonly app: unknown;
  readonly correlation: CorrelationOptions | false;
  readonly propagateTo: readonly string[];
  readonly propagators: readonly PropagatorName[] | undefined;
  readonly sampler: SamplerPlan;
  readonly alwaysKeep: TailPlan | undefined;
  readonly spanLimits: SpanLimitOptions;
  readonly instrumentations: readonly InstrumentationName[] | undefined;
  readonly disabledInstrumentations: readonly InstrumentationName[];
  readonly frameworkSpans: boolean;
  readonly ignoreIncomingPaths: readonly string[];
  readonly recordQueryText: boolean;
  readonly recordUrlQuery: boolean;
  readonly maskError: ((text: string) => string) | false;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly flushIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  readonly shutdownTimeoutMillis: number;
  readonly serverless: boolean;
  readonly onDrop: ((dropped: DroppedSpans) => void) | undefined;
}

const day = 86_400_000;
const flags = ['frameworkSpans', 'recordQueryText', 'recordUrlQuery', 'serverless'] as const;
const limits = [
  'attributeValueLengthLimit',
  'attributeCountLimit',
  'eventCountLimit',
  'linkCountLimit',
] as const;

/** @throws TracingConfigError naming the option or the variable that is wrong */
export function planSetup(options: SetupTracingOptions, env: Variables): SetupPlan {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new TracingConfigError('options', 'an object', options);
  }
  const variables = readEnvironment(env);
  const serviceName = 'serviceName' in options ? options.serviceName : undefined;
  const name: unknown = serviceName ?? variables.serviceName;
  checkText(name, 'serviceName');
  if (options.serviceVersion !== undefined) checkText(options.serviceVersion, 'serviceVersion');
  if (options.environment !== undefined) checkText(options.environment, 'environment');
  const { correlation = {}, maskError = maskText, propagateTo = [] } = options;
  if (correlation !== false) incomingIds(correlation);
  hostList(propagateTo, 'propagateTo');
  checkPropagators(options.propagators, 'propagators');
  checkFunction(maskError === false ? undefined : maskError, 'maskError');
  checkFunction(options.onDrop, 'onDrop');
  for (const flag of flags) checkBoolean(options[flag], flag);
  checkApp(options.app);
  checkPaths(options.ignoreIncomingPaths);
  checkInstrumentations(options.instrumentations);
  const alwaysKeep = tailPlan(options.alwaysKeep);
  return {
    disabled: variables.disabled,
    serviceName: name,
    resourceAttributes: resourceAttributes(options, variables, name),
    exporters: exporters(options, variables),
    app: options.app,
    correlation,
    propagateTo,
    propagators: options.propagators ?? variables.propagators,
    sampler: samplerPlan(options, variables, alwaysKeep !== undefined),
    alwaysKeep,
    spanLimits: spanLimits(options.spanLimits),
    instrumentations: options.instrumentations ?? variables.instrumentations,
    disabledInstrumentations: variables.disabledInstrumentations,
    frameworkSpans: options.frameworkSpans ?? false,
    ignoreIncomingPaths: options.ignoreIncomingPaths ?? [],
    recordQueryText: options.recordQueryText ?? false,
    recordUrlQuery: options.recordUrlQuery ?? false,
    maskError,
    ...queue(options, variables),
    serverless: options.serverless ?? false,
    onDrop: options.onDrop,
  };
}

function exporters(options: SetupTracingOptions, variables: Environment): readonly ExporterPlan[] {
  if (options.exporter !== undefined) return planExporters(options.exporter, variables.exporters);
  // `none` is a choice; nothing at all is an oversight, which the check complains of.
  if (variables.exporters?.length === 0) return [];
  return planExporters(variables.exporters);
}

function resourceAttributes(
  { serviceVersion, environment, resourceAttributes: more }: SetupTracingOptions,
  variables: Environment,
  serviceName: string,
): Attributes {
  return {
    ...variables.resourceAttributes,
    ...more,
    'service.name': serviceName,
    ...(serviceVersion === undefined ? {} : { 'service.version': serviceVersion }),
    ...(environment === undefined ? {} : { 'deployment.environment.name': environment }),
  };
}

function samplerPlan(
  { sampleRatio, sampleBy = 'correlation' }: SetupTracingOptions,
  variables: Environment,
  recordAll: boolean,
): SamplerPlan {
  if (sampleRatio !== undefined) {
    if (typeof sampleRatio !== 'number' || !(sampleRatio >= 0 && sampleRatio <= 1)) {
      throw new TracingConfigError('sampleRatio', 'a number from 0 to 1', sampleRatio);
    }
  }
  if (!['correlation', 'trace'].includes(sampleBy)) {
    throw new TracingConfigError('sampleBy', "'correlation' or 'trace'", sampleBy);
  }
  const { parentBased, ratio } =
    sampleRatio === undefined
      ? (variables.sampler ?? { parentBased: true, ratio: 1 })
      : { parentBased: true, ratio: sampleRatio };
  return { parentBased, ratio, by: sampleBy, recordAll };
}

function tailPlan(value: SetupTracingOptions['alwaysKeep']): TailPlan | undefined {
  if (value === undefined || value === false) return undefined;
  const given = value === true ? {} : value;
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw new TracingConfigError('alwaysKeep', 'a boolean or an object', value);
  }
  checkBoolean(given.errors, 'alwaysKeep.errors');
  checkInteger(given.slowerThanMillis, 0, day, 'alwaysKeep.slowerThanMillis');
  checkInteger(given.maxWaitingSpans, 1, 10_000_000, 'alwaysKeep.maxWaitingSpans');
  return {
    errors: given.errors ?? true,
    slowerThanMillis: given.slowerThanMillis ?? Infinity,
    maxWaitingSpans: given.maxWaitingSpans ?? 20_000,
  };
}

function queue(
  options: SetupTracingOptions,
  variables: Environment,
): Pick<
  SetupPlan,
  | 'maxQueueSize'
  | 'maxExportBatchSize'
  | 'flushIntervalMillis'
  | 'exportTimeoutMillis'
  | 'shutdownTimeoutMillis'
> {
  checkInteger(options.maxQueueSize, 1, 10_000_000, 'maxQueueSize');
  const maxQueueSize = options.maxQueueSize ?? variables.maxQueueSize ?? 65_536;
  checkInteger(options.maxExportBatchSize, 1, maxQueueSize, 'maxExportBatchSize');
  checkInteger(options.flushIntervalMillis, 1, day, 'flushIntervalMillis');
  checkInteger(options.exportTimeoutMillis, 1, day, 'exportTimeoutMillis');
  checkInteger(options.shutdownTimeoutMillis, 1, day, 'shutdownTimeoutMillis');
  return {
    maxQueueSize,
    maxExportBatchSize:
      options.maxExportBatchSize ?? Math.min(variables.maxExportBatchSize ?? 512, maxQueueSize),
    flushIntervalMillis: options.flushIntervalMillis ?? variables.flushIntervalMillis ?? 1000,
    exportTimeoutMillis: options.exportTimeoutMillis ?? variables.exportTimeoutMillis ?? 10_000,
    shutdownTimeoutMillis: options.shutdownTimeoutMillis ?? 5000,
  };
}

function spanLimits(given: SpanLimitOptions | undefined): SpanLimitOptions {
  if (given === undefined) return {};
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw new TracingConfigError('spanLimits', 'an object', given);
  }
  for (const name of limits) checkInteger(given[name], 1, 1_000_000, `spanLimits.${name}`);
  return given;
}

function checkText(value: unknown, option: string): asserts value is string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new TracingConfigError(option, 'a non-empty string', value);
  }
}

function checkBoolean(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TracingConfigError(option, 'a boolean', value);
  }
}

function checkFunction(value: unknown, option: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TracingConfigError(option, 'a function', value);
  }
}

function checkPaths(paths: unknown): void {
  if (paths === undefined) return;
  const valid =
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string' && /^\/[^?]*$/.test(path));
  if (!valid) {
    throw new TracingConfigError(
      'ignoreIncomingPaths',
      'an array of paths such as "/health"',
      paths,
    );
  }
}
