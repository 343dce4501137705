/** The value below which this share of the values lies (nearest rank); NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Digits in groups of three, without a fraction: `12 345`. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Median, and in brackets the least and the most. */
export function spread(values: readonly number[], show: (value: number) => string): string {
  if (values.length === 0) return '-';
  return `${show(median(values))} (${show(Math.min(...values))}..${show(Math.max(...values))})`;
}
