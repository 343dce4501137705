import type { Disturbance, ServiceWindow } from './service-weeks.js';

export const incidentKinds = [
  'latency step',
  'error burst',
  'throughput drop',
  'memory leak',
  'confidence drift',
  'broken relation',
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

/** Windows that an incident lasts at its full size. */
export const FULL_WINDOWS = 6;
const LEAK_WINDOWS = 24;
const DRIFT_WINDOWS = 12;

/** Standard deviations of a model's training windows. */
export interface TrainingDeviations {
  readonly of: Readonly<Record<keyof ServiceWindow, number>>;
  /** Of the logarithm of the throughput: a drop by as many plain deviations would often be one below nothing. */
  readonly logThroughput: number;
}

export function deviationsOf(windows: readonly ServiceWindow[]): TrainingDeviations {
  const of = (value: (window: ServiceWindow) => number): number => {
    const values = windows.map(value);
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length);
  };
  const names = Object.keys(windows[0] ?? {}) as (keyof ServiceWindow)[];
  return {
    of: Object.fromEntries(names.map((name) => [name, of((window) => window[name])])) as Record<
      keyof ServiceWindow,
      number
    >,
    logThroughput: of(({ throughput }) => Math.log(throughput)),
  };
}

/** Windows from the first that is touched to the first at full size. */
export function rampOf(kind: IncidentKind): number {
  return kind === 'memory leak' ? LEAK_WINDOWS : kind === 'confidence drift' ? DRIFT_WINDOWS : 1;
}

/** The metrics that are at fault; naming either end of a relation is right. */
export function faultyMetrics(kind: IncidentKind): readonly (keyof ServiceWindow)[] {
  switch (kind) {
    case 'latency step':
      return ['inference_latency'];
    case 'error burst':
      return ['error_rate'];
    case 'throughput drop':
      return ['throughput'];
    case 'memory leak':
      return ['memory_usage'];
    case 'confidence drift':
      return ['avg_confidence'];
    case 'broken relation':
      return ['cost_per_call', 'tokens_per_call'];
  }
}

/** What an incident of a size (in training deviations) does to the causes of its nth window, counted from 0. */
export function disturbanceOf(
  kind: IncidentKind,
  size: number,
  deviations: TrainingDeviations,
): Disturbance {
  if (kind === 'error burst') return { errors: size * deviations.of.error_rate };
  if (kind === 'throughput drop') return { calls: Math.exp(-size * deviations.logThroughput) };
  return {};
}

/** And what it does to what is measured. */
export function disturbed(
  window: ServiceWindow,
  kind: IncidentKind,
  size: number,
  nth: number,
  deviations: TrainingDeviations,
): ServiceWindow {
  const reached = size * Math.min(1, (nth + 1) / rampOf(kind));
  switch (kind) {
    case 'latency step': {
      const inference_latency =
        window.inference_latency + reached * deviations.of.inference_latency;
      return { ...window, inference_latency };
    }
    case 'memory leak': {
      const memory_usage = window.memory_usage + reached * deviations.of.memory_usage;
      return { ...window, memory_usage };
    }
    case 'confidence drift': {
      const lower = window.avg_confidence - reached * deviations.of.avg_confidence;
      return { ...window, avg_confidence: Math.max(0, lower) };
    }
    // Cost and tokens, which go together, part: each moves by half, so that neither is out of its own range.
    case 'broken relation': {
      const cost_per_call = window.cost_per_call + (reached / 2) * deviations.of.cost_per_call;
      const lower = window.tokens_per_call - (reached / 2) * deviations.of.tokens_per_call;
      return { ...window, cost_per_call, tokens_per_call: Math.max(0, lower) };
    }
    default:
      return window;
  }
}
