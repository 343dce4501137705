import { Closeness } from './closeness.js';
import { Findings } from './findings.js';
import type { MonitorSettings } from './monitor-options.js';
import { WEEK_MILLIS } from './season.js';
import { Series } from './series.js';
import { MeasuredStatistics, RUN_PARTS } from './statistics.js';
import { TailPool } from './tail-pool.js';
import { type VerdictRoom, verdictRoom } from './verdict.js';

/** A tail fitted to n windows is trusted to a hundredth of 1 / n. */
const EXTRAPOLATED = 100;

/** Probability of a false alarm a window while few windows were seen, if there is one model only. */
const MEANWHILE = 1e-3;

/** Share of the budget that is spent: the rest is for normal having changed since it was learnt. */
const SPENT = 0.5;

/** What is written anew for every window that is judged, so that no window has to ask for memory. */
export interface Workspace {
  readonly values: Float64Array;
  readonly z: Float64Array;
  readonly verdict: VerdictRoom;
  readonly row: Float64Array;
  readonly run: Float64Array[];
  readonly statistics: MeasuredStatistics;
  /** See `prefetch`. */
  prefetched: number;
}

/** What the models of one process share: the budget of false alarms, the tails, the findings. */
export class Fleet {
  readonly settings: MonitorSettings;
  readonly series: Series;
  readonly pool: TailPool;
  /** Room for what is only needed while a window is judged. */
  readonly workspace: Workspace;
  findings = new Findings();
  closeness = new Closeness();
  shiftsLearnt = 0;
  /** Models that the budget is shared by. */
  #models = 1;

  constructor(settings: MonitorSettings) {
    this.settings = settings;
    this.series = new Series(settings.features.length);
    this.pool = new TailPool(this.series.count);
    const { width } = this.series;
    this.workspace = {
      values: new Float64Array(width),
      z: new Float64Array(width),
      verdict: verdictRoom(width),
      row: new Float64Array(RUN_PARTS * width),
      run: [],
      statistics: new MeasuredStatistics(width),
      prefetched: 0,
    };
  }

  set models(count: number) {
    this.#models = Math.max(1, count);
  }

  get models(): number {
    return this.#models;
  }

  /** Changes when the number of models has grown or shrunk by so much that thresholds should follow. */
  get shareKey(): number {
    return Math.round(Math.log(this.#models) / Math.log(1.25));
  }

  /**
   * Probability that a normal window of one model may be flagged with. A model that calls for caution cannot keep to a
   * small one, and being blind meanwhile would help nobody: its reports say what they promise instead.
   */
  probability(cadenceMillis: number, caution: number): number {
    const windows = (this.#models * WEEK_MILLIS) / cadenceMillis;
    const budget = Math.min(0.2, (SPENT * this.settings.falseAlarmsPerWeek) / windows);
    const meanwhile = Math.max(budget, MEANWHILE / Math.sqrt(this.#models));
    return budget ** (1 - caution) * meanwhile ** caution;
  }

  /**
   * False alarms a week of the whole process that a model's windows can vouch for. By itself a window in n + 1 is
   * larger than n before; a tail that is fitted, to all models' windows, is trusted a hundred times further.
   */
  promised(windows: number, caution: number, cadenceMillis: number): number {
    const budget = this.settings.falseAlarmsPerWeek;
    const perWeek = (this.#models * WEEK_MILLIS) / cadenceMillis;
    const pooled =
      this.pool.windows(this.series.of(0, 0, 0)) || this.pool.windows(this.series.of(0, 0, 1));
    const shown = caution > 0 ? 1 / (windows + 1) : 1 / (EXTRAPOLATED * Math.max(windows, pooled));
    return Math.max(budget, shown * perWeek);
  }
}
