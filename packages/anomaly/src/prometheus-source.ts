import type { MetricValues } from './metric-values.js';
import type { MetricsSource } from './monitor-options.js';

/** Options of a `prometheusSource`. */
export interface PrometheusSourceOptions {
  /** Where a Prometheus HTTP API is, such as `http://prometheus:9090`. */
  readonly url: string;
  /** PromQL of each feature; `$model` stands for the model's name, quoted where it is within quotes. */
  readonly queries: Readonly<Record<string, string>>;
  /** Headers of each request, such as `authorization`. Never part of an error. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Longest answer that is read, characters. */
const MOST_ANSWERED = 1_000_000;

/**
 * Reads a model's window from a Prometheus HTTP API: Prometheus itself, Thanos, Mimir, VictoriaMetrics. A query that
 * gives nothing leaves its feature out; one that gives several series is an error that names the feature.
 */
export function prometheusSource(options: PrometheusSourceOptions): MetricsSource {
  const { queries, headers = {} } = options;
  const address = addressOf(options.url);
  const features = Object.entries(queries);
  if (features.length === 0) throw new RangeError('queries must have at least one feature');
  for (const [feature, query] of features) {
    if (typeof query !== 'string' || query.trim() === '') {
      throw new TypeError(`queries.${feature} must be PromQL, got ${JSON.stringify(query)}`);
    }
  }
  return async (modelName, signal): Promise<MetricValues> => {
    const name = quoted(modelName);
    const values = await Promise.all(
      features.map(async ([feature, query]): Promise<[string, number | undefined]> => {
        const body = new URLSearchParams({ query: query.replaceAll('$model', () => name) });
        const response = await fetch(address, { method: 'POST', body, headers, signal, redirect: 'error' }); // prettier-ignore
        return [feature, valueOf(feature, response.status, await response.text())];
      }),
    );
    return Object.fromEntries(values);
  };
}

function addressOf(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TypeError('url must be an absolute URL');
  }
  if (!['http:', 'https:'].includes(parsed.protocol)) {
    throw new RangeError(`url must be http or https, got ${parsed.protocol}`);
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new RangeError('url must hold no credentials; give them in headers');
  }
  parsed.pathname = `${parsed.pathname.replace(/\/$/, '')}/api/v1/query`;
  return parsed;
}

/** Within a PromQL string in double quotes. */
function quoted(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function valueOf(feature: string, status: number, text: string): number | undefined {
  const answer = parsed(text);
  if (status !== 200 || answer?.status !== 'success') {
    const why = typeof answer?.error === 'string' ? `: ${answer.error.slice(0, 300)}` : '';
    throw new Error(`the query of ${feature} was answered with ${status}${why}`);
  }
  const { resultType, result } = answer.data ?? {};
  if (resultType === 'scalar') return numberOf(result as [number, string]);
  if (resultType !== 'vector' || !Array.isArray(result)) {
    throw new Error(
      `the query of ${feature} must give one number, it gave a ${String(resultType)}`,
    );
  }
  if (result.length > 1) {
    throw new Error(`the query of ${feature} must give one series, it gave ${result.length}`);
  }
  const [sample] = result as { value: [number, string] }[];
  return sample && numberOf(sample.value);
}

interface Answer {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
}

function parsed(text: string): Answer | undefined {
  if (text.length > MOST_ANSWERED) return undefined;
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

/** Prometheus writes numbers as strings, also `NaN`, `+Inf` and `-Inf`; a ratio of nothing is NaN, and no value. */
function numberOf([, text]: [number, string]): number | undefined {
  if (text === 'NaN') return undefined;
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}
