import type { AnomalyStatus } from './report.js';

/** What a monitor did and lost since it was made. */
export interface MonitorStats {
  /** Models with a baseline now. */
  readonly models: number;
  /** Models that are seen, but not judged yet. */
  readonly modelsLearning: number;
  /** Reports made, by status. */
  readonly reports: Readonly<Record<AnomalyStatus, number>>;
  readonly trainings: number;
  /** Trainings refused for too few usable windows. */
  readonly trainingsInsufficient: number;
  /** Trainings refused because `maxModels` are kept. */
  readonly trainingsRefused: number;
  /** Windows of models beyond `maxModels`, not looked at. */
  readonly windowsRefused: number;
  /** Findings: incidents, those of many models that moved together counted once. */
  readonly findings: number;
  /** Lasting changes that were learnt as normal. */
  readonly shiftsLearnt: number;
  /** Times that a clock went back and was believed after a while. */
  readonly clockJumps: number;
  /** Windows of histories not learnt from: too old, or with an unusable metric. */
  readonly windowsDropped: number;
  readonly windowsSkipped: number;
  readonly sourceFailures: number;
  readonly sourceTimeouts: number;
  /** `onReport` threw or rejected. */
  readonly reportFailures: number;
  /** Times that everything was saved to the store, and that this failed. */
  readonly saves: number;
  readonly saveFailures: number;
  /** Rounds of the clock skipped because one was still running. */
  readonly roundsSkipped: number;
}

type Derived = 'models' | 'modelsLearning' | 'findings' | 'shiftsLearnt' | 'clockJumps';

/** The same, counting. */
export type Counting = {
  -readonly [Key in keyof Omit<MonitorStats, Derived | 'reports'>]: number;
} & {
  readonly reports: Record<AnomalyStatus, number>;
};

export function startCounting(): Counting {
  return {
    reports: {
      not_trained: 0,
      normal: 0,
      anomaly_detected: 0,
      insufficient_data: 0,
      out_of_order: 0,
      duplicate_timestamp: 0,
      invalid_timestamp: 0,
    },
    trainings: 0,
    trainingsInsufficient: 0,
    trainingsRefused: 0,
    windowsRefused: 0,
    windowsDropped: 0,
    windowsSkipped: 0,
    sourceFailures: 0,
    sourceTimeouts: 0,
    reportFailures: 0,
    saves: 0,
    saveFailures: 0,
    roundsSkipped: 0,
  };
}
