import { MetricsConfigurationError } from './configuration.js';
import { isAmount } from './inference-record.js';
import type { TokenCounts } from './token-counts.js';

/** Prices of one model, in US dollars per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Default `input`. */
  readonly cacheRead?: number | undefined;
  /** Default `input`. */
  readonly cacheCreation?: number | undefined;
}

/** Prices by `provider/model`, of one date. Plain JSON, so that it can be kept in a file of yours. */
export interface PriceTable {
  /** Which prices these are, such as a date; shown by `stats()`. */
  readonly version: string;
  readonly models: Readonly<Record<string, ModelPrice>>;
}

/** List prices, to begin with. Prices change and contracts differ: pass a table of your own where it matters. */
export const listPrices: PriceTable = {
  version: '2026-02-23',
  models: {
    'openai/gpt-4o': { input: 2.5, output: 10, cacheRead: 1.25 },
    'openai/gpt-4o-mini': { input: 0.15, output: 0.6, cacheRead: 0.075 },
    'openai/gpt-4.1': { input: 2, output: 8, cacheRead: 0.5 },
    'openai/gpt-4.1-mini': { input: 0.4, output: 1.6, cacheRead: 0.1 },
    'openai/gpt-4.1-nano': { input: 0.1, output: 0.4, cacheRead: 0.025 },
    'openai/gpt-5': { input: 1.25, output: 10, cacheRead: 0.125 },
    'openai/gpt-5-mini': { input: 0.25, output: 2, cacheRead: 0.025 },
    'openai/gpt-5-nano': { input: 0.05, output: 0.4, cacheRead: 0.005 },
    'openai/o3': { input: 2, output: 8, cacheRead: 0.5 },
    'openai/o4-mini': { input: 1.1, output: 4.4, cacheRead: 0.275 },
    'openai/text-embedding-3-small': { input: 0.02, output: 0 },
    'openai/text-embedding-3-large': { input: 0.13, output: 0 },
    'anthropic/claude-opus-4-6': { input: 5, output: 25, cacheRead: 0.5, cacheCreation: 6.25 },
    'anthropic/claude-opus-4-5': { input: 5, output: 25, cacheRead: 0.5, cacheCreation: 6.25 },
    'anthropic/claude-sonnet-4-5': { input: 3, output: 15, cacheRead: 0.3, cacheCreation: 3.75 },
    'anthropic/claude-haiku-4-5': { input: 1, output: 5, cacheRead: 0.1, cacheCreation: 1.25 },
    'anthropic/claude-opus-4-1': { input: 15, output: 75, cacheRead: 1.5, cacheCreation: 18.75 },
    'anthropic/claude-opus-4': { input: 15, output: 75, cacheRead: 1.5, cacheCreation: 18.75 },
    'anthropic/claude-sonnet-4': { input: 3, output: 15, cacheRead: 0.3, cacheCreation: 3.75 },
    'anthropic/claude-3-7-sonnet': { input: 3, output: 15, cacheRead: 0.3, cacheCreation: 3.75 },
    'anthropic/claude-3-5-haiku': { input: 0.8, output: 4, cacheRead: 0.08, cacheCreation: 1 },
  },
};

/** The end of a model's name that says which snapshot it is. */
const snapshot = /-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/;

/** The price of the first of these models that has one; a dated snapshot has its model's, unless it has its own. */
export function priceOf(
  table: PriceTable,
  provider: string,
  models: readonly (string | undefined)[],
): ModelPrice | undefined {
  for (const model of models) {
    if (model === undefined) continue;
    for (const name of [model, model.replace(snapshot, '')]) {
      const key = `${provider}/${name}`;
      if (Object.hasOwn(table.models, key)) return table.models[key];
    }
  }
  return undefined;
}

/** What a call costs, in US dollars. */
export function costOf(price: ModelPrice, tokens: TokenCounts): number {
  return (
    (tokens.uncachedInput * price.input +
      tokens.cacheRead * (price.cacheRead ?? price.input) +
      tokens.cacheCreation * (price.cacheCreation ?? price.input) +
      tokens.output * price.output) /
    1e6
  );
}

export function priceTableOption(table: PriceTable | undefined): PriceTable {
  if (table === undefined) return listPrices;
  const shape = table as Partial<PriceTable> | null;
  const models: unknown = shape?.models;
  if (typeof shape?.version !== 'string' || typeof models !== 'object' || models === null) {
    throw new MetricsConfigurationError('prices', table, 'a table { version, models }');
  }
  for (const [key, price] of Object.entries(table.models)) {
    const { input, output, cacheRead = 0, cacheCreation = 0 } = price as Partial<ModelPrice>;
    if (![input, output, cacheRead, cacheCreation].every((one) => isAmount(one))) {
      throw new MetricsConfigurationError(`prices.models.${key}`, price, 'prices of at least 0');
    }
    if (!key.includes('/')) {
      throw new MetricsConfigurationError('prices.models', key, 'keyed by provider/model');
    }
  }
  return table;
}
