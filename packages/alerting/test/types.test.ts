import { expect, expectTypeOf, it } from 'vitest';
import {
  MemoryStore,
  loadEscalationPolicies,
  logChannel,
  type AlertingSystem,
  type AlertStore,
  type AnomalyReport,
  type Channel,
  type EscalationPolicies,
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

it('policies in code may name the channels that are given or that they define, and no others', () => {
  const channels = { ops: { type: 'log' } } as const;
  const given = loadEscalationPolicies(
    { policies: [{ name: 'a', channels: ['chat'], steps: [{ after: 1, channels: ['pager'] }] }] },
    { channels: ['chat', 'pager'] },
  );
  expectTypeOf(given).toEqualTypeOf<EscalationPolicies<'chat' | 'pager'>>();
  expectTypeOf(given).toExtend<EscalationPolicies>();
  const both = loadEscalationPolicies(
    { channels, policies: [{ name: 'a', channels: ['chat', 'ops'] }] },
    { channels: ['chat'] },
  );
  expectTypeOf(both).toEqualTypeOf<EscalationPolicies<'chat' | 'ops'>>();
  // What the compiler refuses is refused at load, too.
  expect(() =>
    loadEscalationPolicies(
      // @ts-expect-error: the policy names what nobody has
      { policies: [{ name: 'a', channels: ['chta'] }] },
      { channels: ['chat'] },
    ),
  ).toThrow('unknown channel');
  expect(() =>
    loadEscalationPolicies(
      // @ts-expect-error: so does its step
      { policies: [{ name: 'a', steps: [{ after: 1, channels: ['chta'] }] }] },
      { channels: ['chat'] },
    ),
  ).toThrow('unknown channel');
  expect(() =>
    // @ts-expect-error: neither given nor defined
    loadEscalationPolicies({ channels, policies: [{ name: 'a', channels: ['chat'] }] }),
  ).toThrow('unknown channel');
  // Names that only the program knows, or nobody yet.
  const names: string[] = ['chat'];
  const data: EscalationPolicies = { policies: [{ name: 'a', channels: ['chat'] }] };
  expectTypeOf(
    loadEscalationPolicies(data, { channels: names }),
  ).toEqualTypeOf<EscalationPolicies>();
  expectTypeOf(loadEscalationPolicies(data)).toEqualTypeOf<EscalationPolicies>();
  expectTypeOf(loadEscalationPolicies('policies: []')).toEqualTypeOf<EscalationPolicies>();
});
