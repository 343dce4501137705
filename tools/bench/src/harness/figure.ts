import { grouped, median } from '../figures.js';

/** The median of so many values, and the least and the most of them. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** How many values: rounds, or 1 for what is counted once. */
  readonly of: number;
}

/** One measured or counted thing, as it is recorded. */
export interface Figure extends Spread {
  /** What was done or counted, such as `a line of twelve fields to a file`. */
  readonly what: string;
  /** Who did it: a package of ours, or a peer. */
  readonly by: string;
  readonly unit: string;
  /** What took the time; absent where the unit is none of time. */
  readonly clock?: 'CPU' | 'wall';
  /** Absent where neither is better, as with sizes of a run. */
  readonly better?: 'lower' | 'higher';
  /** Digits behind the point. Default: three significant ones. */
  readonly digits?: number;
  /** The same by the wall clock, where `clock` is `CPU`. */
  readonly wall?: Spread;
  /** Of a peer's figure: how many times better the one of ours with this name is (below 1: the peer is better). */
  readonly times?: Spread & { readonly as: string };
}

/** Figures by their names within a suite. */
export type Figures = Readonly<Record<string, Figure>>;

/** Median and ends of these values. */
export function spreadOf(values: readonly number[]): Spread {
  const rounded = (value: number): number => Number(value.toPrecision(5));
  return {
    median: exact(median(values), rounded),
    low: exact(Math.min(...values), rounded),
    high: exact(Math.max(...values), rounded),
    of: values.length,
  };
}

/** Whole numbers are counts, and stay as they are. */
function exact(value: number, rounded: (value: number) => number): number {
  return Number.isInteger(value) ? value : rounded(value);
}

/** A value as texts quote it: so many digits behind the point, or three significant ones. */
export function shown(value: number, digits?: number, significant = 3): string {
  if (digits !== undefined) return withGroups(value.toFixed(digits));
  if (value === 0) return '0';
  const behind = significant - 1 - Math.floor(Math.log10(Math.abs(value)));
  if (behind >= 0) return withGroups(value.toFixed(behind));
  return grouped(Number(value.toPrecision(significant)));
}

function withGroups(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  const groups = grouped(Math.abs(Number(whole)));
  return sign + groups + (fraction === undefined ? '' : `.${fraction}`);
}
