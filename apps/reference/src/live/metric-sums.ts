import type { BusinessMetrics, GenAiMetrics, HttpMetrics } from '@llm/metrics';

/** The routes that do the work of the service; the others look at it. */
const workRoutes = new Set(['/map', '/map/batch']);

/** Requests answered since the start, and those answered with a status of 500 and above. */
export async function requestCounts({
  requestDuration,
}: Pick<HttpMetrics, 'requestDuration'>): Promise<{ requests: number; errors: number }> {
  const { values } = await requestDuration.get();
  let [requests, errors] = [0, 0];
  for (const { metricName, labels, value } of values) {
    if (!metricName?.endsWith('_count') || !workRoutes.has(String(labels.http_route))) continue;
    requests += value;
    if (Number(labels.http_response_status_code) >= 500) errors += value;
  }
  return { requests, errors };
}

/** Mappings since the start by confidence: how many lie above the bound before, up to each bound. */
export async function confidenceCounts({
  mappingConfidence,
}: Pick<BusinessMetrics, 'mappingConfidence'>): Promise<{ bounds: number[]; counts: number[] }> {
  const { values } = await mappingConfidence.get();
  const sums = new Map<number, number>();
  for (const { labels, value } of values) {
    const bound = Number((labels as { le?: number | string }).le);
    if (Number.isFinite(bound)) sums.set(bound, (sums.get(bound) ?? 0) + value);
  }
  const bounds = [...sums.keys()].sort((a, b) => a - b);
  const upTo = bounds.map((bound) => sums.get(bound) ?? 0);
  return { bounds, counts: upTo.map((count, index) => count - (upTo[index - 1] ?? 0)) };
}

/** What the language model took since the start. */
export interface Spending {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars of the calls whose cost is known. */
  readonly costUsd: number;
  readonly callsOfUnknownCost: number;
  /** Streams that began, and the seconds that their first chunks took together. */
  readonly streams: number;
  readonly firstChunkSeconds: number;
}

export async function spending({
  tokenUsage,
  cost,
  costUnknown,
  timeToFirstChunk,
  stats,
}: Pick<
  GenAiMetrics,
  'tokenUsage' | 'cost' | 'costUnknown' | 'timeToFirstChunk' | 'stats'
>): Promise<Spending> {
  const tokens = (await tokenUsage.get()).values.filter(({ metricName }) =>
    metricName?.endsWith('_sum'),
  );
  const tokensOf = (type: string): number =>
    total(tokens.filter(({ labels }) => labels.gen_ai_token_type === type));
  const chunks = (await timeToFirstChunk.get()).values;
  const chunksOf = (what: string): number =>
    total(chunks.filter(({ metricName }) => metricName?.endsWith(what)));
  return {
    streams: chunksOf('_count'),
    firstChunkSeconds: chunksOf('_sum'),
    calls: stats().calls,
    inputTokens: tokensOf('input'),
    outputTokens: tokensOf('output'),
    costUsd: total((await cost.get()).values),
    callsOfUnknownCost: total((await costUnknown.get()).values),
  };
}

function total(values: readonly { readonly value: number }[]): number {
  return values.reduce((sum, { value }) => sum + value, 0);
}
