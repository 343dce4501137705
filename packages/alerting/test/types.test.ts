import { expectTypeOf, it } from 'vitest';
import {
  MemoryStore,
  logChannel,
  type AlertingSystem,
  type AlertStore,
  type AnomalyReport,
  type Channel,
  type LoggerLike,
} from '../src/index.js';

it('a monitor’s report with more in it, and console, fit as they are', () => {
  interface MonitorReport {
    modelName: string;
    status: 'not_trained' | 'normal' | 'anomaly_detected';
    anomalyScore: number | null;
    anomalies: { metric: string; currentValue: number; zScore: number; severity: string }[];
    timestamp: string;
  }
  expectTypeOf<MonitorReport>().toExtend<AnomalyReport>();
  expectTypeOf(console).toExtend<LoggerLike>();
  expectTypeOf<MemoryStore>().toExtend<AlertStore>();
  expectTypeOf(logChannel).returns.toEqualTypeOf<Channel>();
  expectTypeOf<Parameters<AlertingSystem['isRecurringAlert']>[0]>().toExtend<
    string | { key: string } | { id: string }
  >();
});
