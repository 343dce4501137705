import type { BusinessMetrics } from './business-metrics.js';
import { MetricsConfigurationError, functionOption } from './configuration.js';
import { llmContext } from './context.js';
import { type Outcome, watchSettlement } from './settlement.js';

/** A call of a tracked function, as label and confidence functions see it. */
export interface TrackedCall<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
> {
  readonly args: Args;
  /** What the call returned, resolved to, or (a generator) finally returned; undefined when it failed. */
  readonly result: Result | undefined;
  /** What the call threw or rejected with. */
  readonly error: unknown;
}

/** A label's value, or a function of the call that gives it. */
export type LabelSource<Args extends readonly unknown[], Result> =
  string | ((call: TrackedCall<Args, Result>) => string | undefined);

/** The call whose error is told. */
export interface TrackErrorInfo {
  /** Name of the function that failed. */
  readonly functionName: string;
  /** How long it ran, in seconds. */
  readonly durationSeconds: number;
}

/** What is recorded of a tracked call; labels are texts, or functions of the call. */
export interface TrackBusinessMetricsOptions<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
> {
  /** `model_name`. Default the function's name. */
  readonly modelName?: LabelSource<Args, Result> | undefined;
  /** `model_version`. Default `unknown`. */
  readonly modelVersion?: LabelSource<Args, Result> | undefined;
  /** `detector_type`. Default the function's name. */
  readonly detectorType?: LabelSource<Args, Result> | undefined;
  /** `tenant_id`. Default the tenant of the request context in which the call began, else `unknown`. */
  readonly tenantId?: LabelSource<Args, Result> | undefined;
  /** `framework` of the confidence. Default `result.framework`, else `unknown`. */
  readonly framework?: LabelSource<Args, Result> | undefined;
  /** `category` of the confidence. Default `result.category`, else `unknown`. */
  readonly category?: LabelSource<Args, Result> | undefined;
  /** The confidence of a result, 0 to 1; undefined observes none. Default `result.confidence`. */
  readonly confidence?: ((call: TrackedCall<Args, Result>) => number | undefined) | undefined;
  /** Handed every error before it is rethrown unchanged; what it throws or rejects with is counted and ignored. */
  readonly onError?: ((error: unknown, info: TrackErrorInfo) => unknown) | undefined;
}

/** What the functions tracked by one tracker did. */
export interface TrackingStats {
  /** Calls that ended. */
  readonly calls: number;
  /** Calls that ended with an error. */
  readonly errors: number;
  /** `onError` calls that threw or rejected. */
  readonly onErrorFailures: number;
  /** Label or confidence functions that threw; the label became its default. */
  readonly labelFailures: number;
  /** Confidences that are no number from 0 to 1; not observed. */
  readonly invalidConfidences: number;
  /** Recordings lost because a metric threw. */
  readonly metricFailures: number;
}

type AnyFunction = (this: never, ...args: never[]) => unknown;

/** Tracks a function when called with one; as a decorator, tracks the method it decorates. */
export interface BusinessMetricsTracker<Args extends readonly unknown[], Result> {
  <F extends (...args: [...Args]) => unknown>(fn: F): F;
  <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F;
  <F>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
  stats(): TrackingStats;
  /** Never set; carries the type of the results. */
  readonly result?: Result;
}

/** The business metrics that a tracker records in. */
export type TrackedMetrics = Pick<
  BusinessMetrics,
  'detectorRequests' | 'mappingConfidence' | 'modelInferenceTime'
>;

const labelOptions = [
  'modelName',
  'modelVersion',
  'detectorType',
  'tenantId',
  'framework',
  'category',
] as const;

/**
 * Makes a wrapper and decorator (standard and legacy) for functions that return values, promises,
 * generators or async generators. Each call is timed to its end in `modelInferenceTime`, counted
 * once in `detectorRequests` with status `success` or `error`, and the confidence of its result
 * observed in `mappingConfidence`. Return values and errors reach the caller unchanged.
 *
 * @throws MetricsConfigurationError for a bad option.
 */
export function trackBusinessMetrics<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
>(
  metrics: TrackedMetrics,
  options: TrackBusinessMetricsOptions<Args, Result> = {},
): BusinessMetricsTracker<Args, Result> {
  requireMetrics(metrics);
  for (const option of labelOptions) {
    const value: unknown = options[option];
    if (value !== undefined && typeof value !== 'string' && typeof value !== 'function') {
      throw new MetricsConfigurationError(option, value, 'a string or a function');
    }
  }
  const confidenceOf = functionOption('confidence', options.confidence);
  const onError = functionOption('onError', options.onError);
  const stats = {
    calls: 0,
    errors: 0,
    onErrorFailures: 0,
    labelFailures: 0,
    invalidConfidences: 0,
    metricFailures: 0,
  };

  const attempt = <T>(counter: keyof typeof stats, fn: () => T): T | undefined => {
    try {
      return fn();
    } catch {
      stats[counter]++;
      return undefined;
    }
  };

  const report = (error: unknown, info: TrackErrorInfo): void => {
    attempt('onErrorFailures', () => {
      const answer = onError?.(error, info);
      if (answer instanceof Promise) answer.catch(() => stats.onErrorFailures++);
    });
  };

  const record = (
    outcome: Outcome,
    args: Args,
    name: string,
    durationSeconds: number,
    contextTenant: string | undefined,
  ): void => {
    stats.calls++;
    const call: TrackedCall<Args, Result> = {
      args,
      result: outcome.ok ? (outcome.value as Result) : undefined,
      error: outcome.ok ? undefined : outcome.error,
    };
    const label = (option: (typeof labelOptions)[number], fallback: string | undefined): string => {
      const source = options[option];
      const value =
        typeof source === 'function' ? attempt('labelFailures', () => source(call)) : source;
      return value ?? fallback ?? 'unknown';
    };
    const field = (key: string): unknown =>
      attempt(
        'labelFailures',
        () => (call.result as Record<string, unknown> | null | undefined)?.[key],
      );
    const textField = (key: string): string | undefined => {
      const value = field(key);
      return typeof value === 'string' ? value : undefined;
    };

    attempt('metricFailures', () =>
      metrics.modelInferenceTime.observe(
        { model_name: label('modelName', name), model_version: label('modelVersion', undefined) },
        durationSeconds,
      ),
    );
    attempt('metricFailures', () =>
      metrics.detectorRequests.inc({
        detector_type: label('detectorType', name),
        tenant_id: label('tenantId', contextTenant),
        status: outcome.ok ? 'success' : 'error',
      }),
    );
    if (!outcome.ok) {
      stats.errors++;
      report(outcome.error, { functionName: name, durationSeconds });
      return;
    }
    const confidence: unknown = confidenceOf
      ? attempt('labelFailures', () => confidenceOf(call))
      : field('confidence');
    if (confidence === undefined || confidence === null) return;
    if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
      stats.invalidConfidences++;
      return;
    }
    attempt('metricFailures', () =>
      metrics.mappingConfidence.observe(
        {
          framework: label('framework', textField('framework')),
          category: label('category', textField('category')),
        },
        confidence,
      ),
    );
  };

  const wrap = <F extends AnyFunction>(fn: F, name: string): F => {
    const tracked = function (this: unknown, ...args: unknown[]): unknown {
      let startedAt = performance.now();
      const contextTenant = llmContext.getStore()?.tenantId;
      const onEnd = (outcome: Outcome): void => {
        const seconds = (performance.now() - startedAt) / 1000;
        record(outcome, args as unknown as Args, name, seconds, contextTenant);
      };
      let value: unknown;
      try {
        value = Reflect.apply(fn, this, args);
      } catch (error) {
        onEnd({ ok: false, error });
        throw error;
      }
      const onStart = (): void => {
        startedAt = performance.now();
      };
      return watchSettlement(value, onStart, onEnd);
    };
    Object.defineProperty(tracked, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(tracked, 'length', { value: fn.length, configurable: true });
    return tracked as unknown as F;
  };

  const tracker = (first: unknown, second?: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (descriptor !== undefined) {
      const method: unknown = descriptor.value;
      if (typeof method !== 'function') {
        throw new MetricsConfigurationError('decorated member', String(second), 'a method');
      }
      return { ...descriptor, value: wrap(method as AnyFunction, String(second)) };
    }
    if (typeof first !== 'function') {
      throw new MetricsConfigurationError('tracked function', first, 'a function');
    }
    if (second === undefined) return wrap(first as AnyFunction, first.name || 'anonymous');
    const context = second as Partial<ClassMethodDecoratorContext>;
    if (context.kind !== 'method') {
      throw new MetricsConfigurationError('decorated member', context.kind, 'a method');
    }
    return wrap(first as AnyFunction, String(context.name));
  };
  return Object.assign(tracker, {
    stats: () => ({ ...stats }),
  }) as unknown as BusinessMetricsTracker<Args, Result>;
}

function requireMetrics(metrics: TrackedMetrics): void {
  const shape = metrics as Partial<TrackedMetrics> | null | undefined;
  if (
    typeof shape?.detectorRequests?.inc !== 'function' ||
    typeof shape.mappingConfidence?.observe !== 'function' ||
    typeof shape.modelInferenceTime?.observe !== 'function'
  ) {
    throw new MetricsConfigurationError('metrics', metrics, 'made by createBusinessMetrics');
  }
}
