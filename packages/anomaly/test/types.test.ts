import { describe, expectTypeOf, it } from 'vitest';

import {
  type AnomalyReport,
  type AnomalyStatus,
  IsolationForest,
  type MetricAnomaly,
  ModelPerformanceMonitor,
  type MonitorOptions,
} from '../src/index.js';

describe('the types', () => {
  it('say what a report is', () => {
    expectTypeOf<ModelPerformanceMonitor['observe']>().returns.toEqualTypeOf<AnomalyReport>();
    expectTypeOf<
      ModelPerformanceMonitor['detectAnomalies']
    >().returns.resolves.toEqualTypeOf<AnomalyReport>();
    expectTypeOf<AnomalyReport['status']>().toEqualTypeOf<AnomalyStatus>();
    expectTypeOf<AnomalyReport['timestamp']>().toBeString();
    expectTypeOf<MetricAnomaly['severity']>().toEqualTypeOf<'medium' | 'high'>();
  });

  it('take what an alerter of the family takes', () => {
    expectTypeOf<AnomalyReport>().toExtend<{
      modelName: string;
      status: string;
      anomalyScore: number | null;
      anomalies: readonly { metric: string; zScore: number; severity: string }[];
      timestamp: string;
    }>();
  });

  it('chain fit, and let a source be synchronous or not', () => {
    expectTypeOf<IsolationForest['fit']>().returns.toExtend<IsolationForest>();
    expectTypeOf<() => { latency: number }>().toExtend<NonNullable<MonitorOptions['source']>>();
    expectTypeOf<() => Promise<{ latency: number }>>().toExtend<
      NonNullable<MonitorOptions['source']>
    >();
  });
});
