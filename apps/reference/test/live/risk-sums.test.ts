import { expect, it } from 'vitest';
import { riskSums } from '../../src/live/risk-sums.js';

it('sums mappings by framework and by hour, each by severity', () => {
  const cell = (hour: string, framework: string, severity: string, mappings: number) => ({
    hour,
    framework,
    severity,
    mappings,
  });
  expect(
    riskSums({
      cells: [
        cell('10', 'SOC2', 'low', 1),
        cell('10', 'GDPR', 'low', 2),
        cell('11', 'GDPR', 'low', 4),
        cell('11', 'GDPR', 'high', 8),
      ],
    }),
  ).toEqual({
    byFramework: { GDPR: { low: 6, high: 8 }, SOC2: { low: 1 } },
    byHour: [
      ['10', { low: 3 }],
      ['11', { low: 4, high: 8 }],
    ],
  });
  expect(riskSums({ cells: [] })).toEqual({ byFramework: {}, byHour: [] });
});
