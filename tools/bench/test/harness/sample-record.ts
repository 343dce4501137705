import type { BenchmarkRecord, SuiteRecord } from '../../src/harness/benchmark-record.js';
import type { Figures } from '../../src/harness/figure.js';

/** A suite as it is recorded. */
export function suiteOf(figures: Figures, more: Partial<SuiteRecord> = {}): SuiteRecord {
  return {
    title: 'What a log line costs',
    command: 'npm run bench:logging-lines -- --rounds 3',
    date: '2026-01-02T03:04:05.000Z',
    seconds: 12.3,
    goals: 'met',
    machine: { cpu: 'a CPU', cores: 2, memoryGigabytes: 8, system: 'Linux 6', node: 'v20.20.2' },
    load: [0.1, 1.2],
    setting: 'Fifty lines a tick.',
    subjects: { pino: { version: '10.4.0', settings: 'time cached' } },
    ...{ figures, ...more },
  };
}

export function recordOf(suites: Readonly<Record<string, SuiteRecord>>): BenchmarkRecord {
  return { format: 1, suites };
}

/** A log line of ours, and pino's, which is better. */
export const lines: Figures = {
  'file.plain': {
    ...{ what: 'a line', by: '@llm/logging', unit: 'ns', clock: 'CPU', better: 'lower' },
    ...{ median: 881.2, low: 870, high: 905, of: 3 },
    wall: { median: 902, low: 890, high: 960, of: 3 },
  },
  'file.pino': {
    ...{ what: 'a line', by: 'pino', unit: 'ns', clock: 'CPU', better: 'lower' },
    ...{ median: 700, low: 690, high: 720, of: 3 },
    times: { as: 'file.plain', median: 0.794, low: 0.77, high: 0.82, of: 3 },
  },
};
