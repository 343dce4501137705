import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { ContaminationRule } from './contamination-rule.js';
import {
  CallsOfWindows,
  type CallsState,
  CountingNoise,
  type CountingState,
} from './counting-noise.js';
import { DriftPredictor, type DriftState } from './drift-predictor.js';
import { FlatLines } from './flat-lines.js';
import type { Fleet } from './fleet.js';
import type { ForestDocument } from './forest-document.js';
import { ForestVote } from './forest-vote.js';
import { gatherHotNumbers } from './hot-numbers.js';
import type { Incident } from './incident.js';
import { IsolationForest } from './isolation-forest.js';
import { Learner, type LearnerState } from './learner.js';
import { KEPT_WINDOWS, ModelOfNormal } from './model-of-normal.js';
import { MonitoredModel } from './monitored-model.js';
import type { NormalState } from './normal-state.js';
import { packNumbers, unpackFloat64, unpackUint16 } from './packed-numbers.js';
import { RecentWindows } from './recent-windows.js';
import { Relation } from './relation.js';
import { Season } from './season.js';
import { FIRST_ODD, LOOKS } from './series.js';
import { TailCounts } from './tail-counts.js';
import { Units } from './units.js';
import { type ClockState, WindowClock } from './window-clock.js';

/** Arrays of doubles are base64, those of tail counts (nearly all 0) deflated before. */
interface SavedModel {
  readonly name: string;
  readonly clockJumps: number;
  readonly clock: ClockState;
  readonly learner: LearnerState;
  readonly normal: Readonly<Record<string, unknown>>;
  readonly season: readonly string[];
  readonly recent: readonly [string, string];
  readonly relation: readonly [number, string, string];
  readonly drift: Readonly<Record<string, unknown>>;
  /** Of calls, of deviations, of the errors of what was foretold. */
  readonly noise: readonly Readonly<Record<string, unknown>>[];
  readonly counts: string;
  readonly totals: string;
  readonly units: string;
  readonly thresholds: string;
  readonly flatLines: readonly [string, string, string];
  readonly run: readonly string[];
  readonly incident: Readonly<Record<string, unknown>> | null;
  readonly brief: readonly (readonly [number, ...string[]])[];
  readonly forest: { readonly madeAt: number; readonly document: ForestDocument } | null;
  readonly contaminated: ForestDocument | null;
}

/** Everything of a model, as text. */
export function writeModel(model: MonitoredModel): string {
  const { learner, flatLines } = model;
  const { normal, tails, relation, forest } = learner;
  const { season } = normal;
  const recent = normal.recent.flat();
  const saved: SavedModel = {
    name: model.name,
    clockJumps: model.clockJumps,
    clock: model.clock.state,
    learner: learner.state,
    normal: packFields(normal.state),
    season: [season.hours, season.days].map(packNumbers),
    recent: [packNumbers(recent.values), packNumbers(recent.times)],
    relation: [relation.windows, packNumbers(relation.products), packNumbers(relation.factor)],
    drift: packFields(learner.drift.state),
    noise: [normal.calls.state, normal.noise.state, learner.drift.noise.state].map(packFields),
    counts: deflated(packNumbers(tails.counts)),
    totals: packNumbers(tails.totals),
    units: packNumbers(learner.units.square),
    thresholds: packNumbers(learner.thresholds),
    flatLines: [
      packNumbers(flatLines.last),
      packNumbers(flatLines.repeats),
      packNumbers(flatLines.share),
    ],
    run: model.run.map(packNumbers),
    incident: learner.incident && packFields(learner.incident),
    brief: learner.brief.map(({ statistics: { looks, joint, weakest }, closeness }) => [
      closeness,
      ...[...joint, ...weakest, ...looks].map(packNumbers),
    ]),
    forest: forest.forest ? { madeAt: forest.madeAt, document: forest.forest.toJSON() } : null,
    contaminated: learner.contaminated?.forest.toJSON() ?? null,
  };
  return JSON.stringify(saved);
}

/** The model of a text that `writeModel` made, as part of a fleet with the same metrics. */
export function readModel(text: string, fleet: Fleet): MonitoredModel {
  const saved = JSON.parse(text) as SavedModel;
  const { features, forest: forestOptions } = fleet.settings;
  const width = features.length;
  const numbers = unpackFloat64;
  const [callsState, deviationNoise, errorNoise] = saved.noise.map(unpackFields);
  const calls = new CallsOfWindows(callsState as CallsState);
  const normal = new ModelOfNormal(
    features,
    unpackFields(saved.normal) as NormalState,
    new Season(width, ...saved.season.map(numbers)),
    RecentWindows.of(width, KEPT_WINDOWS, {
      values: numbers(saved.recent[0]),
      times: numbers(saved.recent[1]),
    }),
    calls,
    new CountingNoise(width, calls, deviationNoise as CountingState),
  );
  const learner = new Learner(fleet, normal);
  learner.state = { ...saved.learner, pooled: false };
  const [windows, products, factor] = saved.relation;
  learner.relation = new Relation(width, numbers(products), windows, numbers(factor));
  learner.drift = new DriftPredictor(width, calls, normal.noise, unpackFields(saved.drift) as DriftState, errorNoise as CountingState); // prettier-ignore
  learner.tails = new TailCounts(
    fleet.series.count,
    unpackUint16(inflated(saved.counts)),
    numbers(saved.totals),
  );
  learner.units = new Units(fleet.series, LOOKS.length, numbers(saved.units));
  learner.thresholds = numbers(saved.thresholds);
  learner.incident = saved.incident && (unpackFields(saved.incident) as Incident);
  learner.brief = saved.brief.map(([closeness, ...rows]) => {
    const read = rows.map(numbers);
    const joint = read.slice(0, 2) as [Float64Array, Float64Array];
    const statistics = { joint, weakest: read.slice(2, 2 + FIRST_ODD), looks: read.slice(2 + FIRST_ODD) }; // prettier-ignore
    return { statistics, closeness };
  });
  if (saved.forest !== null) {
    const forest = IsolationForest.fromJSON(saved.forest.document);
    learner.forest = new ForestVote(forestOptions, forest, saved.forest.madeAt);
  }
  if (saved.contaminated !== null) {
    learner.contaminated = new ContaminationRule(IsolationForest.fromJSON(saved.contaminated));
  }
  learner.hot = gatherHotNumbers(learner);
  if (saved.learner.pooled) learner.joinPool();
  const [last, repeats, share] = saved.flatLines;
  const model = new MonitoredModel(saved.name, fleet, {
    learner,
    clock: new WindowClock(fleet.settings.intervalMillis, saved.clock),
    flatLines: new FlatLines(width, numbers(last), numbers(repeats), numbers(share)),
    run: saved.run.map(numbers),
  });
  model.clockJumps = saved.clockJumps;
  return model;
}

function packFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Float64Array
        ? { numbers: packNumbers(value) }
        : Number.isNaN(value)
          ? { numbers: null }
          : value,
    ]),
  );
}

function unpackFields(fields: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const packed = (value as { numbers?: string | null } | null)?.numbers;
      if (packed === null) return [name, Number.NaN];
      return [name, packed === undefined ? value : unpackFloat64(packed)];
    }),
  );
}

function deflated(base64: string): string {
  return deflateRawSync(Buffer.from(base64, 'base64')).toString('base64');
}

function inflated(base64: string): string {
  return inflateRawSync(Buffer.from(base64, 'base64')).toString('base64');
}
