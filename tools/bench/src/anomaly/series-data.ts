import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricValues } from '@llm/anomaly';

/** A stretch of time, milliseconds since the epoch. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** A series of windows with the times at which something was wrong. */
export interface LabelledSeries {
  readonly name: string;
  readonly windows: readonly { readonly at: number; readonly metrics: MetricValues }[];
  readonly faults: readonly Interval[];
}

/** Each day of `timeseries/nezha` of a directory: a CSV with its `_faults.json` beside it or of the same folder. */
export function readNezha(directory: string): LabelledSeries[] {
  const folder = join(directory, 'timeseries', 'nezha');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => {
      const [head = '', ...lines] = readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/);
      const names = head.split(',');
      const column = (cells: readonly string[], name: string): number => Number(cells[names.indexOf(name)]); // prettier-ignore
      const windows = lines.map((line) => {
        const cells = line.split(',');
        return {
          at: 1000 * column(cells, 'ts'),
          metrics: {
            latency_p50: column(cells, 'latency_p50_s'),
            latency_p95: column(cells, 'latency_p95_s'),
            error_rate: column(cells, 'error_rate_pct') / 100,
            throughput: column(cells, 'throughput_ops'),
            cpu: column(cells, 'cpu_total_m'),
            memory_usage: column(cells, 'mem_total_mi'),
          },
        };
      });
      const day = /\d{4}-\d\d-\d\d/.exec(file)?.[0] ?? '';
      const faultsFile = readdirSync(folder).find((other) => other.endsWith('_faults.json') && (other.includes(day) || readdirSync(folder).filter((one) => one.endsWith('_faults.json')).length === 1)); // prettier-ignore
      const faults = faultsFile === undefined ? [] : (JSON.parse(readFileSync(join(folder, faultsFile), 'utf8')) as { label_start: number; label_end: number }[]); // prettier-ignore
      return {
        name: file.replace(/\.csv$/, ''),
        windows,
        faults: faults.map(({ label_start, label_end }) => ({ from: 1000 * label_start, to: 1000 * label_end })), // prettier-ignore
      };
    });
}

/** Each series of `timeseries/nab` of a directory, with the windows of its labels. */
export function readNab(directory: string): LabelledSeries[] {
  const folder = join(directory, 'timeseries', 'nab');
  const labelsFile = join(folder, 'labels.json');
  const labels = (existsSync(labelsFile) ? JSON.parse(readFileSync(labelsFile, 'utf8')) : {}) as Record<string, { windows: [string, string][] }>; // prettier-ignore
  const time = (text: string): number => Date.parse(`${text.replace(' ', 'T').slice(0, 19)}Z`);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => {
      const name = file.replace(/\.csv$/, '');
      const [, ...lines] = readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/);
      return {
        name,
        windows: lines.map((line) => {
          const [at = '', value = ''] = line.split(',');
          return { at: time(at), metrics: { value: Number(value) } };
        }),
        faults: (labels[name]?.windows ?? []).map(([from, to]) => ({ from: time(from), to: time(to) })), // prettier-ignore
      };
    });
}

/** Built-in days like Nezha's and series like NAB's, for when there is no data. */
export function builtInSeries(
  service: () => { at: number; metrics: MetricValues },
  faulty: (metrics: MetricValues) => MetricValues,
): LabelledSeries {
  // prettier-ignore
  const faults: Interval[] = [];
  const windows = Array.from({ length: 1500 }, (_, index) => {
    const window = service();
    const isFault = index > 300 && index % 60 < 4;
    if (isFault && index % 60 === 0)
      faults.push({ from: window.at, to: window.at + 4 * 300_000 - 1 });
    return isFault ? { ...window, metrics: faulty(window.metrics) } : window;
  });
  return { name: 'built-in service', windows, faults };
}
