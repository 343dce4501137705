import type { AnomalyReport } from '@llm/anomaly';

/** How a model is doing, as `GET /models` shows it. */
export interface ModelState {
  readonly modelName: string;
  readonly status: string;
  readonly windowsTrained: number;
  readonly windowsScored: number;
  readonly windowsAnomalous: number;
  readonly anomalyScore: number | null;
  readonly anomalies: AnomalyReport['anomalies'];
  /** The latest abnormal window: what was seen, and each metric's part in it. */
  readonly flagged: Pick<
    AnomalyReport,
    'timestamp' | 'anomalyScore' | 'anomalies' | 'contributions'
  > | null;
}

/** What the reports so far say of each model. */
export class ModelStates {
  #states: ReadonlyMap<string, ModelState>;

  constructor(models: readonly string[]) {
    this.#states = new Map(models.map((model) => [model, unknown(model)]));
  }

  list(): readonly ModelState[] {
    return [...this.#states.values()];
  }

  /** Gives the state before and after the report. */
  take(report: AnomalyReport): readonly [before: ModelState, after: ModelState] {
    const { modelName, status, anomalyScore, anomalies, contributions, timestamp } = report;
    const before = this.#states.get(modelName) ?? unknown(modelName);
    const scored = status !== 'not_trained' && status !== 'insufficient_data';
    const anomalous = status === 'anomaly_detected';
    const after: ModelState = {
      modelName,
      status,
      windowsTrained:
        report.training.stage === 'trained' ? report.training.samples : before.windowsTrained,
      windowsScored: before.windowsScored + (scored ? 1 : 0),
      windowsAnomalous: before.windowsAnomalous + (anomalous ? 1 : 0),
      anomalyScore,
      anomalies,
      flagged: anomalous ? { timestamp, anomalyScore, anomalies, contributions } : before.flagged,
    };
    this.#states = new Map([...this.#states, [modelName, after]]);
    return [before, after];
  }

  /** Takes over what the replica that monitors knows. */
  adopt(states: readonly ModelState[]): void {
    this.#states = new Map([
      ...this.#states,
      ...states.map((state): [string, ModelState] => [state.modelName, state]),
    ]);
  }
}

function unknown(modelName: string): ModelState {
  return {
    modelName,
    status: 'not_trained',
    windowsTrained: 0,
    windowsScored: 0,
    windowsAnomalous: 0,
    anomalyScore: null,
    anomalies: [],
    flagged: null,
  };
}
