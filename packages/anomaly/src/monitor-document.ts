import { crc32 } from 'node:zlib';

import { Closeness } from './closeness.js';
import { Findings, type OpenFinding } from './findings.js';
import type { Fleet } from './fleet.js';
import type { MonitoredModel } from './monitored-model.js';
import { readModel, writeModel } from './saved-model.js';
import { packNumbers, unpackUint16 } from './packed-numbers.js';
import { TailCounts } from './tail-counts.js';
import type { PoolState } from './tail-pool.js';
import type { TailShape } from './tail-shape.js';

const FORMAT = 'llm.model-performance-monitor';
const VERSION = 4;

/** One model, or what the models share, as text with its CRC-32: so it survives any store. */
export interface SavedPart {
  readonly name: string;
  readonly state: string;
  readonly checksum: number;
}

/** A saved `ModelPerformanceMonitor`. */
export interface MonitorDocument {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly features: readonly string[];
  /** What the models share: findings, and the shapes of the tails. */
  readonly shared: SavedPart;
  readonly models: readonly SavedPart[];
}

interface SharedState {
  readonly findings: readonly OpenFinding[];
  readonly count: number;
  readonly shiftsLearnt: number;
  readonly pool: PoolState;
  readonly closeness: {
    readonly models: number;
    readonly counts: string;
    readonly total: number;
    readonly shapes: readonly TailShape[];
    readonly fittedAt: number;
  };
}

/** Saves what the models share, and these models. */
export function writeMonitor(fleet: Fleet, models: Iterable<MonitoredModel>): MonitorDocument {
  const { findings, shiftsLearnt, pool, closeness } = fleet;
  const shared: SharedState = {
    findings: findings.open,
    count: findings.count,
    shiftsLearnt,
    pool: pool.state(),
    closeness: {
      models: closeness.models,
      counts: packNumbers(closeness.counts.counts),
      total: closeness.counts.totals[0] as number,
      shapes: closeness.shapes,
      fittedAt: closeness.fittedAt,
    },
  };
  return {
    format: FORMAT,
    version: VERSION,
    features: fleet.settings.features.map(({ name }) => name),
    shared: part('', JSON.stringify(shared)),
    models: Array.from(models, (model) => part(model.name, writeModel(model))),
  };
}

/** The same, in steps between which the event loop runs; each model is saved as it is when its turn comes. */
export async function writeMonitorInSteps(
  fleet: Fleet,
  models: ReadonlyMap<string, MonitoredModel>,
): Promise<MonitorDocument> {
  const parts: SavedPart[] = [];
  for (const [name, model] of models) {
    parts.push(part(name, writeModel(model)));
    if (parts.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...writeMonitor(fleet, []), models: parts };
}

/** Reads a saved monitor into a fleet, which must watch the same metrics in the same order, and gives its models. */
export function readMonitor(value: unknown, fleet: Fleet): MonitoredModel[] {
  const document = value as Partial<MonitorDocument> | null;
  if (typeof document !== 'object' || document === null || document.format !== FORMAT) {
    throw new TypeError(`a saved monitor has the format "${FORMAT}"`);
  }
  if (document.version !== VERSION) {
    throw new RangeError(`version ${String(document.version)} of "${FORMAT}" is not ${VERSION}`);
  }
  const { settings } = fleet;
  const watched = settings.features.map(({ name }) => name).join(', ');
  const known = Array.isArray(document.features) ? document.features.join(', ') : 'nothing';
  if (known !== watched) {
    throw new RangeError(`the saved monitor watches ${known}; the options watch ${watched}`);
  }
  const models: readonly SavedPart[] = Array.isArray(document.models) ? document.models : [];
  if (models.length > settings.maxModels) {
    throw new RangeError(
      `maxModels is ${settings.maxModels}, the saved monitor has ${models.length}`,
    );
  }
  const shared = JSON.parse(checked(document.shared)) as SharedState;
  fleet.findings = new Findings([...shared.findings], shared.count);
  fleet.shiftsLearnt = shared.shiftsLearnt;
  const { models: sharing, counts, total, shapes, fittedAt } = shared.closeness;
  const closeness = new TailCounts(1, unpackUint16(counts), Float64Array.of(total));
  fleet.closeness = new Closeness(sharing, closeness, shapes, fittedAt);
  const read = models.map((model) => readModel(checked(model), fleet));
  fleet.pool.restore(shared.pool);
  return read;
}

function part(name: string, state: string): SavedPart {
  return { name, state, checksum: crc32(state) };
}

function checked(saved: SavedPart | undefined): string {
  if (typeof saved?.state !== 'string' || crc32(saved.state) !== saved.checksum) {
    const what = saved?.name ? `model ${JSON.stringify(saved.name)}` : 'saved monitor';
    throw new RangeError(`the checksum of the ${what} does not match`);
  }
  return saved.state;
}
