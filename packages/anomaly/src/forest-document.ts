import { crc32 } from 'node:zlib';

import { CompiledTrees } from './compiled-trees.js';
import type { FittedForest, ForestSettings } from './isolation-forest.js';
import { packNumbers, unpackFloat64, unpackUint16, unpackUint32 } from './packed-numbers.js';
import { LEAF, TreeSequence } from './tree-sequence.js';

const FORMAT = 'llm.isolation-forest';
const VERSION = 1;

/** A saved `IsolationForest`. The arrays are base64 of little-endian numbers, nodes in preorder. */
export interface ForestDocument {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly nEstimators: number;
  readonly maxSamples: number | 'auto';
  readonly contamination: number | 'auto';
  readonly randomState: number | null;
  readonly fitted: {
    readonly nFeatures: number;
    readonly maxSamples: number;
    readonly offset: number;
    readonly seed: number;
    /** Column of each node (uint16), 65535 for a leaf. */
    readonly columns: string;
    /** Threshold of each split (float64). */
    readonly thresholds: string;
    /** Training rows in each leaf (uint32). */
    readonly counts: string;
  };
  /** CRC-32 of `fitted` as JSON. */
  readonly checksum: number;
}

/** Saves what a forest is and what it learnt. */
export function writeForest(settings: ForestSettings, fitted: FittedForest): ForestDocument {
  const { columns, thresholds, counts } = fitted.trees.sequence;
  const body = {
    nFeatures: fitted.nFeatures,
    maxSamples: fitted.maxSamples,
    offset: fitted.offset,
    seed: fitted.seed,
    columns: packNumbers(columns),
    thresholds: packNumbers(thresholds),
    counts: packNumbers(counts),
  };
  return {
    format: FORMAT,
    version: VERSION,
    nEstimators: settings.nEstimators,
    maxSamples: settings.maxSamples,
    contamination: settings.contamination,
    randomState: settings.randomState ?? null,
    fitted: body,
    checksum: crc32(JSON.stringify(body)),
  };
}

/** Reads a saved forest; whatever does not describe a whole forest is refused by name. */
export function readForest(value: unknown): { settings: ForestSettings; fitted: FittedForest } {
  const document = value as Partial<ForestDocument> | null;
  if (typeof document !== 'object' || document === null || document.format !== FORMAT) {
    throw new TypeError(`a saved isolation forest has the format "${FORMAT}"`);
  }
  if (document.version !== VERSION) {
    throw new RangeError(`version ${String(document.version)} of "${FORMAT}" is not ${VERSION}`);
  }
  const body = document.fitted;
  if (typeof body !== 'object' || crc32(inOrder(body)) !== document.checksum) {
    throw new RangeError('the checksum of the saved isolation forest does not match');
  }
  const { nEstimators = 0, maxSamples = 0, contamination = 0, randomState } = document;
  const columns = unpackUint16(body.columns);
  const thresholds = unpackFloat64(body.thresholds);
  const counts = unpackUint32(body.counts);
  const sequence = new TreeSequence(columns, thresholds, counts);
  const sound =
    sequence.nTrees === nEstimators &&
    [body.nFeatures, body.maxSamples].every((count) => Number.isInteger(count) && count > 0) &&
    Number.isFinite(body.offset) &&
    columns.every((column) => column === LEAF || column < body.nFeatures) &&
    thresholds.every((threshold) => Number.isFinite(threshold));
  if (!sound) throw new RangeError('the saved isolation forest contradicts itself');
  return {
    settings: { nEstimators, maxSamples, contamination, randomState: randomState ?? undefined },
    fitted: {
      trees: new CompiledTrees(sequence),
      nFeatures: body.nFeatures,
      maxSamples: body.maxSamples,
      offset: body.offset,
      seed: body.seed,
    },
  };
}

// A database may give the keys back in another order (Postgres jsonb does).
function inOrder(body: ForestDocument['fitted']): string {
  const { nFeatures, maxSamples, offset, seed, columns, thresholds, counts } = body;
  return JSON.stringify({ nFeatures, maxSamples, offset, seed, columns, thresholds, counts });
}
