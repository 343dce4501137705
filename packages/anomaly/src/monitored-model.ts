import { attribute, contributions, type Evidence } from './attribution.js';
import { changeOnScale } from './change.js';
import { blankReport, type DraftReport, timestampOf, usable } from './draft-report.js';
import type { FeatureSettings } from './feature.js';
import { FlatLines } from './flat-lines.js';
import type { Fleet } from './fleet.js';
import { FOREST, type Incident, ongoing } from './incident.js';
import { Learner } from './learner.js';
import { type MetricValues, readMetrics, type UnusableMetric } from './metric-values.js';
import { prefetch } from './prefetch.js';
import type { AnomalyReport, AnomalyStatus, TrainingState } from './report.js';
import { fillRunRow, RUN_PARTS, type Statistics } from './statistics.js';
import type { Transform } from './transform.js';
import { judge, type Verdict } from './verdict.js';
import { type Arrival, WindowClock } from './window-clock.js';

/** A window as it was judged, until the next one is. */
export interface Judged {
  readonly values: Float64Array;
  readonly z: Float64Array;
  /** Whether it was judged by itself: the windows before do not lead up to it. */
  readonly isFresh: boolean;
  readonly statistics: Statistics;
  readonly verdict: Verdict;
}

/** What is remembered beside the model of normal. */
export interface ModelParts {
  readonly learner?: Learner;
  readonly clock?: WindowClock;
  readonly flatLines?: FlatLines;
  readonly run?: Float64Array[];
  readonly incident?: Incident | null;
}

/** One monitored model: its model of normal, the newest windows, and the incident that goes on, if any. */
export class MonitoredModel {
  readonly name: string;
  readonly fleet: Fleet;
  readonly learner: Learner;
  readonly clock: WindowClock;
  readonly flatLines: FlatLines;
  /** Deviations of the newest windows, oldest first. */
  run: Float64Array[];
  clockJumps = 0;

  constructor(name: string, fleet: Fleet, parts: ModelParts = {}) {
    const { settings } = fleet;
    this.name = name;
    this.fleet = fleet;
    this.clock = parts.clock ?? new WindowClock(settings.intervalMillis);
    this.learner = parts.learner ?? new Learner(fleet);
    this.flatLines = parts.flatLines ?? new FlatLines(settings.features.length);
    this.run = parts.run ?? [];
    if (parts.incident !== undefined) this.learner.incident = parts.incident;
  }

  /** Judges a window that follows the ones seen, and keeps nothing of it. */
  score(metrics: MetricValues, at: number, given: boolean): AnomalyReport {
    return this.#look(metrics, this.clock.look(at, given)).report;
  }

  /** Judges a window, remembers it as the newest, and learns it if it is normal. */
  observe(metrics: MetricValues, at: number, given: boolean): AnomalyReport {
    this.fleet.workspace.prefetched = prefetch(this, at);
    const arrival = this.clock.look(at, given);
    const { report, judged, values } = this.#look(metrics, arrival);
    this.clock.accept(arrival);
    if (arrival.fault !== null) return report;
    if (arrival.clockJumped) this.clockJumps += 1;
    const { cadence } = this.clock.state;
    const before = this.learner.normal.state.windows;
    let learnt = true;
    if (judged === undefined) {
      this.learner.gather(values, at, cadence);
    } else {
      this.#remember(judged);
      learnt = this.learner.take(this.name, judged, at, cadence, report.status);
      const { incident } = this.learner;
      if (report.status === 'anomaly_detected' && incident !== null) {
        report.finding = this.fleet.findings.describe(incident.finding, incident.openedAt);
      }
      this.learner.adoptLasting(at, cadence);
    }
    this.flatLines.accept(values, learnt, before);
    return report;
  }

  /** Learns a window of a history. Nobody is told of an incident in it; one that is certain is not learnt. */
  relive(values: Float64Array, at: number): void {
    const { learner, clock } = this;
    const timed = !Number.isNaN(at);
    const arrival = timed
      ? clock.look(at, true)
      : { at, fault: null, isFresh: false, clockJumped: false };
    if (timed) clock.accept(arrival);
    const judged = this.#judge(values, arrival);
    const { cadence } = clock.state;
    this.#remember(judged);
    const cautious = learner.caution > 0 || !timed;
    const status = cautious ? 'normal' : statusOf(judged.verdict, 0);
    const before = learner.normal.state.windows;
    const learnt = learner.take('', judged, at, cadence, status);
    if (timed) learner.adoptLasting(at, cadence);
    this.flatLines.accept(values, learnt, before);
  }

  /** Lets the next window follow the kept ones. */
  rememberKept(): void {
    const { normal } = this.learner;
    const { recent } = normal;
    const first = Math.max(0, recent.length - this.fleet.settings.runLength);
    this.run = Array.from({ length: recent.length - first }, (_, rank) =>
      fillRunRow(
        new Float64Array(RUN_PARTS * normal.width),
        normal.deviations(recent.row(first + rank), recent.time(first + rank)),
        this.learner.drift,
      ),
    );
  }

  /** Forgets the newest windows: what comes next does not follow them. */
  interrupt(): void {
    this.run = [];
  }

  training(): TrainingState {
    const { provisionalSamples, minSamples, falseAlarmsPerWeek, contamination } =
      this.fleet.settings;
    const { normal, caution } = this.learner;
    const samples = normal.state.windows;
    const stage =
      !normal.isFitted || samples < provisionalSamples
        ? 'learning'
        : samples < minSamples
          ? 'provisional'
          : 'trained';
    if (stage === 'learning')
      return { stage, samples, falseAlarmsPerWeek: null, provisional: true };
    const { cadence } = this.clock.state;
    const promised =
      contamination === undefined
        ? this.fleet.promised(this.learner.counted, caution, cadence)
        : (this.fleet.models * contamination * 604_800_000) / cadence;
    return {
      stage,
      samples,
      falseAlarmsPerWeek: rounded(promised),
      provisional: promised > falseAlarmsPerWeek,
    };
  }

  #look(
    metrics: MetricValues,
    arrival: Arrival,
  ): { report: DraftReport; judged: Judged | undefined; values: Float64Array } {
    const { features } = this.fleet.settings;
    const { values, unusable } = readMetrics(features, metrics, this.fleet.workspace.values);
    if (arrival.fault === null) this.#tellFlat(values, unusable);
    const report = blankReport(this.name, timestampOf(arrival.at), this.training());
    report.metrics = usable(features, values);
    report.unusable = unusable;
    if (arrival.fault !== null) {
      report.status = arrival.fault;
      return { report, judged: undefined, values };
    }
    if (!this.learner.normal.isFitted) return { report, judged: undefined, values };
    const judged = this.#judge(values, arrival);
    const { verdict } = judged;
    report.status = statusOf(verdict, unusable.length);
    report.anomalyScore = report.status === 'insufficient_data' ? null : verdict.score;
    report.votes = verdict.votes;
    if (report.status !== 'anomaly_detected') return { report, judged, values };
    const evidence = this.#evidence(judged);
    const { incident } = this.learner;
    report.anomalies = attribute(evidence);
    report.contributions = contributions(evidence);
    report.finding = incident
      ? this.fleet.findings.describe(incident.finding, incident.openedAt)
      : { id: `${this.name}@${report.timestamp}`, since: report.timestamp, models: 1 };
    return { report, judged, values };
  }

  #judge(values: Float64Array, arrival: Arrival): Judged {
    const { at, isFresh } = arrival;
    const { normal, relation, drift, thresholds, tails, units, forest, caution, incident } =
      this.learner;
    const { series, settings } = this.fleet;
    const { runLength } = settings;
    const { run, row, statistics, verdict: room } = this.fleet.workspace;
    const z = normal.deviations(values, at, this.fleet.workspace.z);
    run.length = 0;
    if (!isFresh) for (const before of this.run) run.push(before);
    run.push(fillRunRow(row, z, drift));
    const isAlone = run.length === 1;
    const { constant } = normal.state;
    const related = settings.votes.relation ? relation : undefined;
    statistics.measure({ run, runLength, features: settings.features, constant, relation: related, drift }); // prettier-ignore
    const [single, pair] = statistics.joint;
    const forests = [forest.statistic(single), forest.statistic(pair)] as const;
    const certain = (column: number, sign: 1 | -1, below: number): number => {
      const { certainJump } = settings.features[column] as FeatureSettings;
      if (certainJump === undefined || caution <= 0) return below;
      const transform = normal.state.transforms[column] as Transform;
      const change = changeOnScale(transform, normal.expected(column, at), certainJump, sign);
      const jump = change / normal.spread(column, at);
      if (jump >= below) return below;
      const seen = units.of(0, column) * tails.largest(series.of(0, column, sign > 0 ? 0 : 1));
      return Math.min(below, Math.max(jump, seen + 1));
    };
    const judges = { room, normal, series, thresholds, caution, certain };
    const verdict = judge(judges, statistics, at, forests);
    const ruled = this.learner.contaminated?.rule(verdict, normal, z) ?? verdict;
    if (incident === null) return { values, z, isFresh, statistics, verdict: ruled };
    const holds = ongoing(incident, statistics, ruled);
    // It is over: the windows before are part of it, and say nothing about what comes next.
    if (holds <= 1 && !isAlone) return this.#judge(values, { ...arrival, isFresh: true });
    if ((ruled.score ?? 0) > 1) return { values, z, isFresh, statistics, verdict: ruled };
    const votes = { ...ruled.votes, ongoing: holds };
    // Where nothing can be judged, nothing is claimed; the incident waits.
    const score = z.every(Number.isNaN) ? null : Math.max(ruled.score ?? 0, holds);
    return { values, z, isFresh, statistics, verdict: { ...ruled, votes, score } };
  }

  #evidence({ values, verdict }: Judged): Evidence {
    const { normal, incident } = this.learner;
    const { zScores } = this.fleet.settings;
    const lead = incident?.lead ?? FOREST;
    return { normal, values, verdict, lead, isOdd: incident?.isOdd ?? true, zScores };
  }

  /** Takes the window judged last into the run, in the place of one that falls out of it. */
  #remember({ isFresh }: Judged): void {
    const { row } = this.fleet.workspace;
    if (isFresh) this.run = [];
    const isFull = this.run.length >= this.fleet.settings.runLength;
    const kept = (isFull ? this.run.shift() : undefined) ?? new Float64Array(row.length);
    kept.set(row);
    this.run.push(kept);
  }

  #tellFlat(values: Float64Array, unusable: UnusableMetric[]): void {
    this.fleet.settings.features.forEach(({ name }, column) => {
      if (!this.flatLines.isFlat(column, values[column] as number)) return;
      unusable.push({ metric: name, reason: 'flat_line' });
    });
  }
}

/** The number rounded last: models that share a budget promise the same. */
const lately = { promised: Number.NaN, rounded: Number.NaN };

/** Three digits of it. */
function rounded(promised: number): number {
  if (promised !== lately.promised) {
    lately.promised = promised;
    lately.rounded = Number(promised.toPrecision(3));
  }
  return lately.rounded;
}

/** What is there and far out is an anomaly even if something else is missing: failures often come together. */
function statusOf({ score }: Verdict, unusable: number): AnomalyStatus {
  if (score !== null && score > 1) return 'anomaly_detected';
  return unusable > 0 || score === null ? 'insufficient_data' : 'normal';
}
