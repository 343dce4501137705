import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { PrometheusContentType, Registry, RegistryContentType } from 'prom-client';
import { MetricsConfigurationError } from './configuration.js';
import { llmContext } from './context.js';
import type { CounterInstrument } from './counter.js';
import type { GaugeInstrument } from './gauge.js';
import { genAiCatalogue, secondsBuckets, tokenBuckets } from './gen-ai-catalogue.js';
import type { HistogramInstrument } from './histogram.js';
import {
  type InferenceEnd,
  inferenceChannel,
  isAmount,
  isInferenceRecord,
} from './inference-record.js';
import { createInstruments } from './instruments.js';
import type { LabelLimitOptions } from './label-limit.js';
import { type PriceTable, costOf, priceOf, priceTableOption } from './price-table.js';
import type { LabelStats } from './series-table.js';
import type { SpendBudgets } from './spend-budgets.js';
import { tokenCounts } from './token-counts.js';

/** Calls in progress that are followed; a publisher that forgets ends must not fill the memory. */
const maxOpenCalls = 10_000;

type Catalogue = typeof genAiCatalogue;
type LabelOf<K extends keyof Catalogue> = Catalogue[K]['labelNames'][number];
/** A label of the GenAI metrics. */
export type GenAiLabel = LabelOf<keyof Catalogue>;

/** How the GenAI metrics are made; every option may be left out. */
export interface GenAiMetricsOptions<T extends RegistryContentType = PrometheusContentType> {
  /** Where the metrics are registered; that of the business metrics, usually. Default one of their own. */
  readonly registry?: Registry<T> | undefined;
  /** Limits on distinct values, by label. Default 1000 for `tenant_id`, 200 for every other label. */
  readonly labelLimits?: Readonly<Partial<Record<GenAiLabel, LabelLimitOptions>>> | undefined;
  /** What tokens cost. Default list prices that come with the package. */
  readonly prices?: PriceTable | undefined;
  /** Told of every cost. Default none. */
  readonly budgets?: Pick<SpendBudgets, 'record'> | undefined;
  /** Take records from the `llm:inference` channel. Default true. */
  readonly subscribe?: boolean | undefined;
}

/** A judgement of an answer: by a person, a program or a model. */
export interface Evaluation {
  /** What was judged, such as `relevance`, `user_feedback`. */
  readonly name: string;
  /** From 0 to 1. */
  readonly score?: number | undefined;
  /** The verdict in a word, such as `pass`, `thumbs_down`. */
  readonly label?: string | undefined;
  /** Model that gave the answer. */
  readonly model?: string | undefined;
}

/** What the GenAI metrics took and refused, since they were made. */
export interface GenAiMetricsStats extends Readonly<LabelStats> {
  /** Records of ended calls taken. */
  readonly calls: number;
  /** Messages on the channel that are no records of version 1. */
  readonly invalidRecords: number;
  /** Calls that ended without usage. */
  readonly usageMissing: number;
  /** Evaluations without a name, or with neither a score from 0 to 1 nor a label. */
  readonly invalidEvaluations: number;
  /** Which prices are in use. */
  readonly priceTable: string;
}

/** OpenTelemetry's GenAI client metrics, fed from the inference records. */
export interface GenAiMetrics<T extends RegistryContentType = PrometheusContentType> {
  readonly tokenUsage: HistogramInstrument<LabelOf<'tokenUsage'>>;
  readonly operationDuration: HistogramInstrument<LabelOf<'operationDuration'>>;
  readonly timeToFirstChunk: HistogramInstrument<LabelOf<'timeToFirstChunk'>>;
  readonly timePerOutputChunk: HistogramInstrument<LabelOf<'timePerOutputChunk'>>;
  readonly inFlight: GaugeInstrument<LabelOf<'inFlight'>>;
  readonly cost: CounterInstrument<LabelOf<'cost'>>;
  readonly costUnknown: CounterInstrument<LabelOf<'costUnknown'>>;
  readonly registry: Registry<T>;
  /** Takes a record, as from the channel. Never throws. */
  record(record: unknown): void;
  /** Counts a judgement. Never throws. */
  recordEvaluation(evaluation: Evaluation): void;
  /** Removes a tenant's series, and forgets that there was such a tenant; gives how many series. */
  forgetTenant(tenantId: string): number;
  /** Takes no further records from the channel. */
  close(): void;
  stats(): GenAiMetricsStats;
}

/**
 * Metrics of calls of language models, fed from the records that wrappers publish.
 *
 * @throws MetricsConfigurationError for a bad option, or a name that the registry already has.
 */
export function createGenAiMetrics<T extends RegistryContentType = PrometheusContentType>(
  options: GenAiMetricsOptions<T> = {},
): GenAiMetrics<T> {
  const prices = priceTableOption(options.prices);
  const { budgets } = options;
  if (budgets !== undefined && typeof (budgets as Partial<SpendBudgets>).record !== 'function') {
    throw new MetricsConfigurationError('budgets', budgets, 'made by createSpendBudgets');
  }
  const instruments = createInstruments<T>({
    registry: options.registry,
    labelLimits: options.labelLimits,
  });
  const range = { min: 0, max: Number.MAX_VALUE };
  const seconds = { buckets: secondsBuckets, range, exemplars: true };
  const tokenUsage = instruments.histogram({
    ...genAiCatalogue.tokenUsage,
    buckets: tokenBuckets,
    range,
  });
  const operationDuration = instruments.histogram({
    ...genAiCatalogue.operationDuration,
    ...seconds,
  });
  const timeToFirstChunk = instruments.histogram({
    ...genAiCatalogue.timeToFirstChunk,
    ...seconds,
  });
  const timePerOutputChunk = instruments.histogram({
    ...genAiCatalogue.timePerOutputChunk,
    ...seconds,
  });
  const inFlight = instruments.gauge(genAiCatalogue.inFlight);
  const cost = instruments.counter(genAiCatalogue.cost);
  const costUnknown = instruments.counter(genAiCatalogue.costUnknown);
  const evaluationScore = instruments.histogram({
    ...genAiCatalogue.evaluationScore,
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    range: { min: 0, max: 1 },
  });
  const evaluations = instruments.counter(genAiCatalogue.evaluations);
  const open = new Map<string, ReturnType<typeof inFlight.bind>>();
  const counts = { calls: 0, invalidRecords: 0, usageMissing: 0, invalidEvaluations: 0 };

  const end = (record: InferenceEnd): void => {
    counts.calls++;
    const { provider, operation, requestModel, responseModel, durationMillis } = record;
    const labels = {
      gen_ai_operation_name: operation,
      gen_ai_provider_name: provider,
      gen_ai_request_model: requestModel,
    };
    // `none`, since a label cannot be absent for some series of a metric here.
    operationDuration.observe(
      { ...labels, error_type: record.errorType ?? 'none' },
      durationMillis / 1000,
    );
    const first = record.timeToFirstChunkMillis;
    if (isAmount(first)) {
      timeToFirstChunk.observe(labels, first / 1000);
      const gaps = (record.outputChunks ?? 0) - 1;
      if (gaps >= 1 && durationMillis >= first) {
        timePerOutputChunk.observe(labels, (durationMillis - first) / gaps / 1000);
      }
    }
    const model = { gen_ai_provider_name: provider, gen_ai_request_model: requestModel };
    const tokens = tokenCounts(provider, record.usage);
    if (tokens === undefined) {
      counts.usageMissing++;
      costUnknown.inc({ ...model, reason: 'usage_missing' });
      return;
    }
    const input = tokens.uncachedInput + tokens.cacheRead + tokens.cacheCreation;
    tokenUsage.observe({ ...labels, gen_ai_token_type: 'input' }, input);
    tokenUsage.observe({ ...labels, gen_ai_token_type: 'output' }, tokens.output);
    const price = priceOf(prices, provider, [responseModel, requestModel]);
    if (price === undefined) {
      costUnknown.inc({ ...model, reason: 'unknown_model' });
      return;
    }
    const usd = costOf(price, tokens);
    const tenantId = record.tenantId ?? llmContext.getStore()?.tenantId;
    cost.inc({ ...model, ...(tenantId !== undefined && { tenant_id: tenantId }) }, usd);
    budgets?.record(usd, { tenantId, model: requestModel });
  };

  const record = (message: unknown): void => {
    try {
      if (!isInferenceRecord(message)) {
        counts.invalidRecords++;
        return;
      }
      if (message.event === 'start') {
        if (open.size >= maxOpenCalls || open.has(message.id)) return;
        const bound = inFlight.bind({
          gen_ai_provider_name: message.provider,
          gen_ai_request_model: message.requestModel,
        });
        bound.inc();
        open.set(message.id, bound);
        return;
      }
      open.get(message.id)?.dec();
      open.delete(message.id);
      end(message);
    } catch {
      // A record whose fields throw when they are read.
      counts.invalidRecords++;
    }
  };
  const onMessage = (message: unknown): void => record(message);
  if (options.subscribe !== false) subscribe(inferenceChannel, onMessage);

  return {
    tokenUsage,
    operationDuration,
    timeToFirstChunk,
    timePerOutputChunk,
    inFlight,
    cost,
    costUnknown,
    registry: instruments.registry,
    record,
    recordEvaluation(evaluation) {
      const given = evaluation as Partial<Evaluation> | null | undefined;
      const { name, score, label } = given ?? {};
      const scored = typeof score === 'number' && score >= 0 && score <= 1;
      const labelled = typeof label === 'string' && label !== '';
      if (typeof name !== 'string' || name === '' || (!scored && !labelled)) {
        counts.invalidEvaluations++;
        return;
      }
      const of = { gen_ai_evaluation_name: name, gen_ai_request_model: given?.model ?? 'unknown' };
      if (scored) evaluationScore.observe(of, score);
      evaluations.inc({ ...of, gen_ai_evaluation_score_label: labelled ? label : 'none' });
    },
    forgetTenant: (tenantId) => instruments.forgetValue('tenant_id', tenantId),
    close() {
      unsubscribe(inferenceChannel, onMessage);
    },
    stats: () => ({ ...instruments.stats(), ...counts, priceTable: prices.version }),
  };
}
