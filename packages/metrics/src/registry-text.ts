import { setImmediate } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import {
  type DefaultLabels,
  type SeriesWriter,
  type TextFormat,
  type WritableMetric,
  braced,
  escapeText,
  familyName,
  labelText,
  valueText,
} from './text-format.js';

/** Other work gets its turn after this long. */
const sliceMillis = 3;
const chunkCharacters = 1 << 16;
/** Series between two looks at the clock. */
const seriesPerLook = 8;

/** What prom-client's metrics give to its registry. */
interface CollectedValue {
  readonly value: number;
  readonly labels?: DefaultLabels;
  readonly sharedLabels?: DefaultLabels;
  readonly metricName?: string;
  readonly exemplar?: { labelSet: DefaultLabels; value: number; timestamp: number } | null;
}

interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values?: readonly CollectedValue[];
}

interface ReadableMetric {
  get(): Promise<CollectedMetric> | CollectedMetric;
  getForPromString?(): Promise<CollectedMetric>;
}

interface MetricText {
  readonly head: string;
  readonly writer: SeriesWriter;
}

/**
 * The text of a registry in chunks, the same as prom-client's own. It yields to the event loop, so
 * values are of the moment at which each series is written; one series is always whole.
 */
export async function* registryText(
  registry: Pick<Registry, 'getMetricsAsArray'>,
  format: TextFormat,
): AsyncGenerator<string> {
  const defaults = (registry as { _defaultLabels?: DefaultLabels })._defaultLabels ?? {};
  const metrics = registry.getMetricsAsArray() as unknown as (ReadableMetric | WritableMetric)[];
  const texts = await Promise.all(metrics.map((metric) => textOf(metric, format, defaults)));
  const separator = format === 'openmetrics' ? '\n' : '\n\n';
  let sliceEnd = performance.now() + sliceMillis;
  let text = '';
  for (const [index, { head, writer }] of texts.entries()) {
    text += (index === 0 ? '' : separator) + head;
    for (let place = 0; place < writer.length; place++) {
      text += writer.lines(place);
      if (text.length >= chunkCharacters) {
        yield text;
        text = '';
      }
      if (place % seriesPerLook === 0 && performance.now() > sliceEnd) {
        await setImmediate();
        sliceEnd = performance.now() + sliceMillis;
      }
    }
  }
  yield text + (format === 'openmetrics' ? '\n# EOF\n' : '\n');
}

async function textOf(
  metric: ReadableMetric | WritableMetric,
  format: TextFormat,
  defaults: DefaultLabels,
): Promise<MetricText> {
  if ('writer' in metric) {
    await metric.prepare();
    return { head: headOf(metric, format), writer: metric.writer(format, defaults) };
  }
  const collected = await (metric.getForPromString?.() ?? metric.get());
  return { head: headOf(collected, format), writer: collectedWriter(collected, format, defaults) };
}

function headOf(
  { name, help, type }: { readonly name: string; readonly help: string; readonly type: string },
  format: TextFormat,
): string {
  const family = escapeText(familyName(name, type, format));
  return `# HELP ${family} ${escapeText(help)}\n# TYPE ${family} ${type}`;
}

/** Writes one of prom-client's own metrics from what it collected. */
function collectedWriter(
  { name, type, values = [] }: CollectedMetric,
  format: TextFormat,
  defaults: DefaultLabels,
): SeriesWriter {
  const family = familyName(name, type, format);
  const suffix = format === 'openmetrics' && type === 'counter' ? '_total' : '';
  return {
    length: values.length,
    lines(place) {
      const one = values[place];
      if (one === undefined) return '';
      const shared = one.sharedLabels ?? {};
      const own = { ...one.labels, ...defaults, ...one.labels };
      const labels = braced(labelText(own, Object.keys(shared)), labelText(shared));
      const exemplar =
        format === 'openmetrics' && one.exemplar
          ? ` # {${labelText(one.exemplar.labelSet)}} ${valueText(one.exemplar.value)} ${one.exemplar.timestamp}`
          : '';
      return `\n${one.metricName ?? family}${suffix}${labels} ${valueText(one.value)}${exemplar}`;
    },
  };
}
