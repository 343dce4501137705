import { describe, expect, it } from 'vitest';
import { expectedTotals, simulateMonth } from '../../src/alerting/simulated-month.js';

describe('a simulated month', () => {
  it('tells everybody what they should hear, when it is decided, and once', async () => {
    const alerts = 1000;
    expect(await simulateMonth(alerts, 7)).toEqual({
      totals: expectedTotals(alerts),
      late: 0,
      twice: 0,
      active: 0,
      occurred: 3000,
    });
  }, 60_000);
});
