import { expect, it } from 'vitest';

import { ceilings } from '../../src/anomaly/ceiling.js';
import { incidentKinds } from '../../src/anomaly/incidents.js';

it('is lower for more models that share a budget, and for smaller incidents, and hardly above the chance of an alarm for none', () => {
  const share = (models: number, size: number): number => {
    const all = ceilings(models, [size], 12, 31);
    expect(all.map(({ kind }) => kind)).toEqual([...incidentKinds]);
    expect(all.every(({ trials }) => trials === 12)).toBe(true);
    return all.reduce((sum, { found }) => sum + found, 0) / (12 * incidentKinds.length);
  };
  expect(share(1, 6)).toBe(1);
  expect(share(1000, 3)).toBeLessThan(share(1, 3));
  expect(share(1000, 2)).toBeLessThan(share(1000, 4));
  expect(share(1000, 0.05)).toBeLessThan(0.05);
});
