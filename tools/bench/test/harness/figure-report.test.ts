import { expect, it } from 'vitest';
import { FigureReport, type Measured } from '../../src/harness/figure-report.js';

const nanos = (by: string, values: number[], more: Partial<Measured> = {}): Measured => ({
  ...{ what: 'a line', by, unit: 'ns', clock: 'CPU', better: 'lower', values, ...more },
});

it('compares a peer with ours round by round', () => {
  const report = new FigureReport();
  // Each round met a machine of another speed: the ratio of rounds is the same, that of extremes is not.
  report.add('ours', nanos('@llm/logging', [100, 200, 400]));
  report.add('peer', nanos('pino', [250, 500, 1000], { beside: 'ours' }));
  expect(report.toJSON().figures['peer']).toMatchObject({
    median: 500,
    times: { as: 'ours', median: 2.5, low: 2.5, high: 2.5, of: 3 },
  });
});

it('says below 1 where the peer is better, also where more is better', () => {
  const report = new FigureReport();
  const rate = { unit: '/s', better: 'higher' } as const;
  report.add('ours', nanos('@llm/alerting', [1000], rate));
  report.add('peer', nanos('Alertmanager', [4000], { ...rate, beside: 'ours' }));
  expect(report.toJSON().figures['peer']?.times?.median).toBe(0.25);
});

it('takes the ends of both where rounds cannot be paired', () => {
  const report = new FigureReport();
  report.add('ours', nanos('@llm/logging', [1, 2]));
  report.add('peer', nanos('pino', [10, 20, 30], { beside: 'ours' }));
  expect(report.toJSON().figures['peer']?.times).toMatchObject({ low: 5, median: 20, high: 30 });
});

it('refuses what would be no figure', () => {
  const report = new FigureReport();
  report.add('once', nanos('@llm/logging', [1]));
  expect(() => report.add('once', nanos('@llm/logging', [1]))).toThrow('a second figure "once"');
  expect(() => report.add('a b', nanos('@llm/logging', [1]))).toThrow('"a b"');
  expect(() => report.add('none', nanos('@llm/logging', []))).toThrow('no numbers');
  expect(() => report.add('nan', nanos('@llm/logging', [1, NaN]))).toThrow('no numbers: 1,NaN');
  report.add('lone', nanos('pino', [1], { beside: 'nobody' }));
  expect(() => report.toJSON()).toThrow('"lone" is beside "nobody", which is not there');
});
