import { ascending, quantile } from './quantile.js';

/**
 * Scale on which deviations of a feature are measured: `log` for positive, skewed quantities such
 * as latencies, `proportion` (arcsine of the square root, which evens out the variance of rates and
 * confidences) for shares within [0, 1], `identity` for the rest.
 */
export type TransformName = 'identity' | 'log' | 'proportion';

/** A transform with what it took from the training data. */
export interface Transform {
  readonly name: TransformName;
  /** Added before the logarithm, so that 0 has one. */
  readonly offset: number;
}

/** The transform, `log` fitted so that 0 lies 4.6 below the median. */
export function fitTransform(
  name: TransformName | 'auto',
  values: ArrayLike<number> & Iterable<number>,
): Transform {
  const sorted = ascending(values);
  const chosen = name === 'auto' ? choose(sorted) : name;
  if (chosen !== 'log') return { name: chosen, offset: 0 };
  const typical = quantile(sorted, 0.5) || quantile(sorted, 1) || 1;
  return { name: chosen, offset: typical / 100 };
}

export function forward({ name, offset }: Transform, value: number): number {
  if (name === 'log') return Math.log(value + offset);
  return name === 'proportion' ? Math.asin(Math.sqrt(value)) : value;
}

/** The value behind a transformed one, or undefined where no value has it. */
export function backward({ name, offset }: Transform, transformed: number): number | undefined {
  if (!Number.isFinite(transformed)) return undefined;
  if (name === 'log') return inDomain(name, Math.exp(transformed) - offset);
  if (name !== 'proportion') return transformed;
  return transformed < 0 || transformed > Math.PI / 2 ? undefined : Math.sin(transformed) ** 2;
}

/** Whether a value can be transformed at all. */
export function isInDomain(name: TransformName | 'auto', value: number): boolean {
  if (name === 'log') return value >= 0;
  return name === 'proportion' ? value >= 0 && value <= 1 : true;
}

/** The nearest value that can be transformed. */
export function clampToDomain(name: TransformName, value: number): number {
  if (name === 'log') return Math.max(0, value);
  return name === 'proportion' ? Math.min(1, Math.max(0, value)) : value;
}

function inDomain(name: TransformName, value: number): number | undefined {
  return Number.isFinite(value) && isInDomain(name, value) ? value : undefined;
}

/** The logarithm where it makes positive values more symmetric. */
function choose(sorted: Float64Array): TransformName {
  if (!((sorted[0] as number) > 0)) return 'identity';
  const logs = sorted.map((value) => Math.log(value));
  return Math.abs(skewness(logs)) < Math.abs(skewness(sorted)) ? 'log' : 'identity';
}

function skewness(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moment = (power: number): number =>
    values.reduce((sum, value) => sum + (value - mean) ** power, 0) / values.length;
  const variance = moment(2);
  return variance > 0 ? moment(3) / variance ** 1.5 : 0;
}
