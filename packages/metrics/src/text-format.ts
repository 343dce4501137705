/** The two text formats that Prometheus reads. */
export type TextFormat = 'prometheus' | 'openmetrics';

/** Labels that a registry adds to every series. */
export type DefaultLabels = Readonly<Record<string, unknown>>;

/** Writes the lines of one metric, series by series, each line with its line feed before it. */
export interface SeriesWriter {
  readonly length: number;
  /** The lines of the series at this place; nothing when it is gone. */
  lines(place: number): string;
}

/** A metric that is written series by series; prom-client's own are written from what they `get()`. */
export interface WritableMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** Brings the metric up to date, as prom-client's `collect` does. */
  prepare(): Promise<void>;
  writer(format: TextFormat, defaults: DefaultLabels): SeriesWriter;
}

/** A number as prom-client writes it. */
export function valueText(value: number): string {
  if (Number.isFinite(value)) return `${value}`;
  if (Number.isNaN(value)) return 'Nan';
  return value < 0 ? '-Inf' : '+Inf';
}

const special = /[\\\n"]/;

/** A label value between its quotes. */
export function escapeLabelValue(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  if (!special.test(value)) return value;
  return value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}

/** A help text or a name. */
export function escapeText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** `a="1",b="2"` */
export function labelText(labels: DefaultLabels, except: readonly string[] = []): string {
  return Object.entries(labels)
    .filter(([name]) => !except.includes(name))
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
}

/** Label texts joined, and in braces if there are any. */
export function braced(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join(',');
  return text === '' ? '' : `{${text}}`;
}

/** The name under which OpenMetrics knows a metric: of counters without `_total`. */
export function familyName(name: string, type: string, format: TextFormat): string {
  return format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
}
