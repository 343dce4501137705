import type { Exemplar } from './exemplar.js';
import type { Series } from './series.js';
import { labelPrefixes, seriesLabels } from './single-value-writer.js';
import {
  type DefaultLabels,
  type SeriesWriter,
  type TextFormat,
  labelText,
  valueText,
} from './text-format.js';

interface Described {
  readonly name: string;
  readonly labelNames: readonly string[];
  readonly bounds: readonly number[];
}

/** Writes histograms: what all series share is put together once. */
export function histogramWriter(
  { name, labelNames, bounds }: Described,
  series: readonly (Series | undefined)[],
  format: TextFormat,
  defaults: DefaultLabels,
): SeriesWriter {
  const before = labelPrefixes(labelNames);
  const rest = labelText(defaults, labelNames);
  const bucketRest = labelText(defaults, [...labelNames, 'le']);
  const own = labelNames.length > 0;
  const heads = [...bounds.map(String), '+Inf'].map((le) => {
    const shared = bucketRest === '' ? '' : `,${bucketRest}`;
    return `\n${name}_bucket{le="${le}"${shared}${own ? ',' : '} '}`;
  });
  const braces = own || rest !== '';
  const inner = rest === '' ? '' : own ? `${rest},` : rest;
  const sumHead = `\n${name}_sum${braces ? `{${inner}` : ''}`;
  const countHead = `\n${name}_count${braces ? `{${inner}` : ''}`;
  const close = braces ? '} ' : ' ';
  const withExemplars = format === 'openmetrics';
  return {
    length: series.length,
    lines(place) {
      const one = series[place];
      if (one === undefined || one.offset < 0) return '';
      const { cells, offset } = one;
      const labels = seriesLabels(before, one);
      const bucketEnd = own ? `${labels}} ` : '';
      const exemplars = withExemplars ? one.exemplars?.list : undefined;
      let text = '';
      let count = 0;
      let shown = '0';
      for (let i = 0; i < heads.length; i++) {
        const inBucket = cells[offset + i] ?? 0;
        if (inBucket !== 0) {
          count += inBucket;
          shown = `${count}`;
        }
        text += (heads[i] ?? '') + bucketEnd + shown;
        const exemplar = exemplars?.[i];
        if (exemplar !== undefined) text += exemplarText(exemplar);
      }
      const sum = valueText(cells[offset + heads.length] ?? 0);
      const end = labels + close;
      return text + sumHead + end + sum + countHead + end + shown;
    },
  };
}

function exemplarText({ labelSet, value, timestamp }: Exemplar): string {
  return ` # {${labelText(labelSet)}} ${valueText(value)} ${timestamp}`;
}
