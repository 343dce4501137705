import type { Series } from './series.js';
import {
  type DefaultLabels,
  type SeriesWriter,
  type TextFormat,
  escapeLabelValue,
  familyName,
  labelText,
  valueText,
} from './text-format.js';

/** Writes counters and gauges, whose series are one number each. */
export function singleValueWriter(
  metric: { readonly name: string; readonly type: string; readonly labelNames: readonly string[] },
  series: readonly (Series | undefined)[],
  format: TextFormat,
  defaults: DefaultLabels,
): SeriesWriter {
  const counted = format === 'openmetrics' && metric.type === 'counter';
  const sample = counted ? `${familyName(metric.name, metric.type, format)}_total` : metric.name;
  const before = labelPrefixes(metric.labelNames);
  const own = before.length > 0;
  const rest = labelText(defaults, metric.labelNames);
  const open = own || rest !== '' ? '{' : '';
  const close = open === '' ? ' ' : own && rest !== '' ? `,${rest}} ` : `${rest}} `;
  const head = `\n${sample}${open}`;
  return {
    length: series.length,
    lines(place) {
      const one = series[place];
      if (one === undefined || one.offset < 0) return '';
      const value = one.cells[one.offset] ?? 0;
      return head + seriesLabels(before, one) + close + valueText(value);
    },
  };
}

/** What stands before the value of each label: `a="`, `",b="`. */
export function labelPrefixes(labelNames: readonly string[]): readonly string[] {
  return labelNames.map((name, i) => `${i === 0 ? '' : '",'}${name}="`);
}

/** `a="1",b="2"` of one series. */
export function seriesLabels(prefixes: readonly string[], series: Series): string {
  if (prefixes.length === 0) return '';
  let text = '';
  for (let i = 0; i < prefixes.length; i++) {
    text += (prefixes[i] ?? '') + escapeLabelValue(series.values[i]);
  }
  return `${text}"`;
}
