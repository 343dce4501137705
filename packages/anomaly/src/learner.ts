import type { Block } from './closeness.js';
import { ContaminationRule } from './contamination-rule.js';
import { wakeConstants } from './constant-metrics.js';
import { DriftPredictor } from './drift-predictor.js';
import { countCloseness, countStatistics } from './experience.js';
import type { Fleet } from './fleet.js';
import { ForestVote } from './forest-vote.js';
import { gatherHotNumbers } from './hot-numbers.js';
import { continueIncident, type Incident, leadName, openIncident } from './incident.js';
import { cautionFor } from './maturity.js';
import { KEPT_WINDOWS, ModelOfNormal } from './model-of-normal.js';
import type { Judged } from './monitored-model.js';
import { chooseProfiles } from './profile-choice.js';
import { type EndedIncident, recurs } from './recurring-incidents.js';
import { Relation } from './relation.js';
import type { AnomalyStatus } from './report.js';
import { followSeason } from './settling.js';
import { LOOKS } from './series.js';
import { copyOfStatistics, eachStatistics, fillJoint, type Statistics } from './statistics.js';
import { TailCounts } from './tail-counts.js';
import { thresholdsOf } from './thresholds.js';
import { Units } from './units.js';
import { followUnwatched } from './unwatched-sides.js';

/** Windows learnt at which all is learnt anew from the kept windows, after the first time. */
const FIT_AT = [40, 50, 75, 100, 150, 200, 300, 400, KEPT_WINDOWS];
/** Windows learnt between two looks at profiles, relation and thresholds. */
const REFRESH_EVERY = 64;
/** And at most so long before, as a share of what was learnt. */
const REFRESH_SHARE = 0.03;
/** An alarm over so soon was noise, and counts as such when thresholds are made. */
const BRIEF_WINDOWS = 2;

/** When a learner last put its things in order. JSON-able. */
export interface LearnerState {
  refreshedAt: number;
  shareKey: number;
  caution: number;
  /** Whether its tails are part of the pool. */
  pooled: boolean;
  /** By what factor its thresholds are stretched, and what that is made of. */
  stretch: number;
  block: Block;
  /** Incidents that ended lately, by what led them. */
  ended: EndedIncident[];
  /** Probability of a false alarm a window that they are made for. */
  probability: number;
}

/** What is kept of a window of an incident that may be noise. */
export interface BriefWindow {
  readonly statistics: Statistics;
  readonly closeness: number;
}

/** Learns what is normal for one model, and when to stop learning. */
export class Learner {
  readonly fleet: Fleet;
  normal: ModelOfNormal;
  relation: Relation;
  tails: TailCounts;
  units: Units;
  thresholds: Float64Array;
  /** See `gatherHotNumbers`: empty before the first fit. */
  hot: Float64Array = new Float64Array(0);
  drift: DriftPredictor;
  forest: ForestVote;
  contaminated: ContaminationRule | undefined;
  incident: Incident | null = null;
  /** An incident's first windows, in case it turns out to be noise. */
  brief: BriefWindow[] = [];
  state: LearnerState;
  /** Whether windows are learnt: those of a history always, those of a stream as the options say. */
  isLearning: boolean;

  constructor(fleet: Fleet, normal = new ModelOfNormal(fleet.settings.features)) {
    const { settings, series } = fleet;
    this.fleet = fleet;
    this.normal = normal;
    this.relation = new Relation(series.width);
    this.drift = this.#newDrift();
    this.tails = new TailCounts(series.count);
    this.units = new Units(series, LOOKS.length);
    this.thresholds = new Float64Array(series.count).fill(Infinity);
    this.forest = new ForestVote(settings.forest);
    this.isLearning = settings.learnsFromStream;
    this.state = { refreshedAt: 0, shareKey: fleet.shareKey, caution: 1, pooled: false, stretch: 1, block: { closest: 0, windows: 0 }, ended: [], probability: 1 }; // prettier-ignore
  }

  get caution(): number {
    return this.state.caution;
  }

  /** Windows behind the thresholds. */
  get counted(): number {
    const { series } = this.fleet;
    let most = 0;
    for (let at = 0; at < series.of(1, 0, 0); at += 1)
      most = Math.max(most, this.tails.totals[at] as number);
    return most;
  }

  /** Gathers a window before anything can be judged, and begins to judge when there are enough. */
  gather(values: Float64Array, at: number, cadence: number): void {
    this.normal.keep(values, at);
    if (this.normal.recent.length >= this.fleet.settings.provisionalSamples) this.fit(cadence);
  }

  /** Takes a judged window: part of an incident, or learnt. True if it was learnt. */
  take(
    modelName: string,
    judged: Judged,
    at: number,
    cadence: number,
    status: AnomalyStatus,
  ): boolean {
    if (status === 'anomaly_detected') {
      this.#suffer(modelName, judged, at, cadence);
      return false;
    }
    if (this.incident !== null) {
      const noise =
        this.incident.windows <= BRIEF_WINDOWS || recurs(this.state.ended, this.incident, at);
      if (noise && this.isLearning) {
        for (const { statistics, closeness } of this.brief) {
          countStatistics(this, statistics);
          countCloseness(this, closeness);
        }
      }
      if (!noise && this.incident.lead >= 0) this.drift.reset(this.incident.lead);
      this.drift.forgetTrends();
      this.incident = null;
      this.brief = [];
    }
    this.learn(judged, at, cadence);
    return true;
  }

  /** Learns a window as normal. */
  learn(judged: Judged, at: number, cadence: number): void {
    if (!this.isLearning) return;
    const { values, z, statistics, verdict } = judged;
    this.normal.learn(values, at, cadence);
    followUnwatched(this, judged, at);
    // One with a metric missing is left out, there.
    this.relation.learn(statistics.joint[0]);
    this.drift.learn(z);
    countStatistics(this, statistics);
    countCloseness(this, verdict.closeness);
    const { windows } = this.normal.state;
    const { recent } = this.normal;
    if (!this.normal.hasSeason && FIT_AT.includes(recent.length) && !this.#fittedFull(windows)) {
      this.fit(cadence);
    } else if (
      windows >= this.state.refreshedAt + Math.max(REFRESH_EVERY, Math.min(288, REFRESH_SHARE * windows)) || // prettier-ignore
      this.fleet.shareKey !== this.state.shareKey
    ) {
      this.refresh(cadence);
    }
  }

  /** Takes an incident for the new normal once it has lasted `learnAfterMillis`. */
  adoptLasting(at: number, cadence: number): void {
    const { incident, normal } = this;
    if (incident === null || incident.windows < 3 || !this.isLearning) return;
    if (at - incident.openedAt + cadence < this.fleet.settings.learnAfterMillis) return;
    incident.shift.forEach((shift, column) => {
      const spread = Math.sqrt(incident.variance[column] as number);
      const usual = normal.spread(column, at);
      normal.adopt(
        column,
        at,
        shift,
        normal.state.constant[column] || spread > 1.3 * usual ? spread : 0,
      );
    });
    incident.shift.forEach((_, column) => this.drift.reset(column));
    if (incident.isOdd) this.relation.windows = Math.min(this.relation.windows, 4 * REFRESH_EVERY);
    this.incident = null;
    this.brief = [];
    this.fleet.shiftsLearnt += 1;
    this.refresh(cadence);
  }

  /** Learns all anew from the kept windows. */
  fit(cadence: number): void {
    const { normal } = this;
    const { settings } = this.fleet;
    this.leavePool();
    normal.fit(new Date(settings.clock.now()).toISOString());
    normal.season.clear();
    normal.learnKeptSeason(cadence);
    this.tails.clear();
    this.units.clear();
    this.relation = new Relation(this.fleet.series.width);
    this.drift = this.#newDrift();
    const joint = new Float64Array(normal.width);
    for (const z of this.#keptDeviations()) {
      this.relation.learn(fillJoint(joint, z, settings.features, normal.state.constant));
    }
    this.relation.refresh();
    this.#renewForest();
    const related = settings.votes.relation ? this.relation : undefined;
    const { runLength, features } = settings;
    const inputs = { runLength, features, constant: normal.state.constant, relation: related, drift: this.drift }; // prettier-ignore
    eachStatistics(this.#keptDeviations(), inputs, (statistics) =>
      countStatistics(this, statistics),
    );
    if (settings.contamination !== undefined) {
      this.contaminated = ContaminationRule.learn(
        settings,
        Array.from(this.#keptDeviations(), copyOf),
        normal,
      );
    }
    this.refresh(cadence);
    this.hot = gatherHotNumbers(this);
  }

  /** Chooses profiles, and makes relation and thresholds of what was learnt. */
  refresh(cadence: number): void {
    const { normal, fleet, tails, units, state } = this;
    const longest = normal.longestProfile;
    followSeason(this, chooseProfiles(normal.state), longest);
    normal.chooseNoise();
    wakeConstants(normal);
    this.relation.refresh();
    this.drift.choose();
    if (this.forest.isDue(normal.state.windows)) this.#renewForest();
    state.refreshedAt = normal.state.windows;
    state.shareKey = fleet.shareKey;
    state.caution = cautionFor(normal.state.windows, normal.spanMillis);
    if (state.caution < 1 && !state.pooled) this.joinPool();
    const { features, votes } = fleet.settings;
    const { series, pool } = fleet;
    const probability = fleet.probability(cadence, state.caution);
    const isForetold = (column: number): boolean => this.drift.state.gain[column] !== 0;
    state.probability = probability;
    state.stretch = state.caution > 0 ? 1 : fleet.closeness.stretchFor(probability, fleet.models);
    const { caution, stretch } = state;
    const thresholds = thresholdsOf({ features, series, votes, isForetold, tails, units, pool, probability, caution, stretch }); // prettier-ignore
    this.thresholds.set(thresholds);
  }

  joinPool(): void {
    this.tails.join(this.fleet.pool.sums);
    this.state.pooled = true;
  }

  leavePool(): void {
    if (this.state.pooled) this.tails.leave(this.fleet.pool.sums);
    this.state.pooled = false;
  }

  #suffer(modelName: string, judged: Judged, at: number, cadence: number): void {
    const { fleet, normal } = this;
    const { z, verdict, statistics } = judged;
    if (this.incident === null) {
      const incident = openIncident(verdict, normal.state.constant, at);
      const what = leadName(incident, fleet.settings.features);
      // A history that is learnt has incidents without a name: nobody is told of them.
      if (modelName !== '') {
        incident.finding = fleet.findings.join(modelName, what, at, cadence, fleet.models).id;
      }
      this.incident = incident;
      this.brief = [];
    }
    const rest = z.map((value, column) => value * normal.spread(column, at));
    continueIncident(this.incident, statistics, rest, verdict);
    if (this.incident.windows <= BRIEF_WINDOWS) {
      const kept = copyOfStatistics(statistics);
      this.brief.push({ statistics: kept, closeness: verdict.closeness });
    }
  }

  /** The deviations of each kept window, all in the same place. */
  *#keptDeviations(): Generator<Float64Array, void> {
    const { normal } = this;
    const z = new Float64Array(normal.width);
    for (let rank = 0; rank < normal.recent.length; rank += 1) {
      yield normal.deviations(normal.recent.row(rank), normal.recent.time(rank), z);
    }
  }

  #renewForest(): void {
    if (!this.fleet.settings.votes.forest) return;
    const { features, state } = this.normal;
    const rows = Array.from(this.#keptDeviations(), copyOf);
    for (const z of rows) fillJoint(z, z, features, state.constant);
    this.forest.make(rows, state.windows);
  }

  #newDrift(): DriftPredictor {
    return new DriftPredictor(this.fleet.series.width, this.normal.calls, this.normal.noise);
  }

  /** The kept windows were full before this one. */
  #fittedFull(windows: number): boolean {
    return this.normal.recent.length === KEPT_WINDOWS && windows > KEPT_WINDOWS && this.state.refreshedAt >= KEPT_WINDOWS; // prettier-ignore
  }
}

function copyOf(numbers: Float64Array): Float64Array {
  return numbers.slice();
}
