import type { ModelOfNormal } from './model-of-normal.js';

/** Metrics that never moved while the first windows were learnt, and move now, get a spread. */
export function wakeConstants(normal: ModelOfNormal): void {
  normal.state.constant.forEach((constant, column) => {
    if (!constant) return;
    const summary = normal.summaries[column];
    if (summary === undefined || !(summary.max > summary.min)) return;
    const values = normal.recent.column(column).map((value) => normal.transformed(column, value));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    normal.adopt(column, Number.NaN, 0, Math.sqrt(square));
  });
}
