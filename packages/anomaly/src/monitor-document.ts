import { crc32 } from 'node:zlib';

import type { FeatureBaseline, FeatureSummary, Thresholds } from './feature-baseline.js';
import type { ForestDocument } from './forest-document.js';
import { IsolationForest } from './isolation-forest.js';
import type { ModelOfNormal } from './model-of-normal.js';
import { checkModelName, type MonitorSettings } from './monitor-options.js';
import { MonitoredModel } from './monitored-model.js';
import type { Relation } from './relation.js';
import type { Transform } from './transform.js';

const FORMAT = 'llm.model-performance-monitor';
const VERSION = 1;

interface SavedThresholds {
  /** Null for never. */
  readonly single: number | null;
  readonly sustained: number | null;
  readonly minChange: number;
}

interface SavedFeature {
  readonly name: string;
  readonly summary: FeatureSummary;
  readonly constant: boolean;
  readonly transform: Transform;
  readonly centre: number;
  readonly scale: number;
  readonly up: SavedThresholds | null;
  readonly down: SavedThresholds | null;
}

interface SavedModel {
  readonly name: string;
  readonly samples: number;
  readonly trainedAt: string;
  readonly features: readonly SavedFeature[];
  readonly joint: {
    readonly forest: ForestDocument;
    readonly forestThreshold: number;
    readonly relation: Relation;
    readonly relationThreshold: number;
  } | null;
  readonly contaminated: ForestDocument | null;
  /** Deviations of the newest windows, null where a metric was unusable. */
  readonly recent: readonly (readonly (number | null)[])[];
}

/** A saved `ModelPerformanceMonitor`. The models are JSON in a string, so that their checksum survives any store. */
export interface MonitorDocument {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly features: readonly string[];
  readonly models: string;
  /** CRC-32 of `models`. */
  readonly checksum: number;
}

/** Saves all models. */
export function writeMonitor(
  { features }: MonitorSettings,
  models: Iterable<MonitoredModel>,
): MonitorDocument {
  const saved = JSON.stringify(Array.from(models, writeModel));
  return {
    format: FORMAT,
    version: VERSION,
    features: features.map(({ name }) => name),
    models: saved,
    checksum: crc32(saved),
  };
}

/** Reads the models of a saved monitor; they must watch the features of the settings, in their order. */
export function readMonitor(value: unknown, settings: MonitorSettings): MonitoredModel[] {
  const document = value as Partial<MonitorDocument> | null;
  if (typeof document !== 'object' || document === null || document.format !== FORMAT) {
    throw new TypeError(`a saved monitor has the format "${FORMAT}"`);
  }
  if (document.version !== VERSION) {
    throw new RangeError(`version ${String(document.version)} of "${FORMAT}" is not ${VERSION}`);
  }
  if (typeof document.models !== 'string' || crc32(document.models) !== document.checksum) {
    throw new RangeError('the checksum of the saved monitor does not match');
  }
  const watched = settings.features.map(({ name }) => name).join(', ');
  const saved = (JSON.parse(document.models) as SavedModel[]).map((model) => {
    const known = model.features.map(({ name }) => name).join(', ');
    if (known !== watched) {
      throw new RangeError(`the saved monitor watches ${known}; the options watch ${watched}`);
    }
    return readModel(model, settings);
  });
  if (saved.length > settings.maxModels) {
    throw new RangeError(
      `maxModels is ${settings.maxModels}, the saved monitor has ${saved.length}`,
    );
  }
  return saved;
}

function writeModel({ name, normal, recent }: MonitoredModel): SavedModel {
  const { samples, trainedAt, features, joint, contaminated } = normal;
  const write = (side: Thresholds | null): SavedThresholds | null =>
    side && {
      single: Number.isFinite(side.single) ? side.single : null,
      sustained: Number.isFinite(side.sustained) ? side.sustained : null,
      minChange: side.minChange,
    };
  return {
    name,
    samples,
    trainedAt,
    features: features.map((feature) => ({
      ...feature,
      up: write(feature.up),
      down: write(feature.down),
    })),
    joint: joint && { ...joint, forest: joint.forest.toJSON() },
    contaminated: contaminated?.toJSON() ?? null,
    recent: recent.map((window) =>
      Array.from(window, (deviation) => (Number.isNaN(deviation) ? null : deviation)),
    ),
  };
}

function readModel(saved: SavedModel, { features, runLength }: MonitorSettings): MonitoredModel {
  checkModelName(saved.name);
  const read = (side: SavedThresholds | null): Thresholds | null =>
    side && {
      single: side.single ?? Infinity,
      sustained: side.sustained ?? Infinity,
      minChange: side.minChange,
    };
  const normal: ModelOfNormal = {
    samples: saved.samples,
    trainedAt: saved.trainedAt,
    features: saved.features.map((feature): FeatureBaseline => ({
      ...feature,
      up: read(feature.up),
      down: read(feature.down),
    })),
    joint: saved.joint && {
      ...saved.joint,
      forest: IsolationForest.fromJSON(saved.joint.forest),
    },
    contaminated: saved.contaminated && IsolationForest.fromJSON(saved.contaminated),
  };
  const recent = saved.recent
    .slice(saved.recent.length - Math.min(saved.recent.length, runLength - 1))
    .map((window) => Float64Array.from(window, (deviation) => deviation ?? Number.NaN));
  return new MonitoredModel(saved.name, normal, features, runLength, recent);
}
