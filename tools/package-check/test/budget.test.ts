import { expect, it } from 'vitest';
import { budgetOf, overBudget } from '../src/budget.js';

const budget = { tarballKilobytes: 100, coreKilobytes: 50, packages: 3, megabytes: 1 };

it('what is over is named with both figures, what is within is not', () => {
  const weight = { tarballKilobytes: 100, packages: 4, megabytes: 1.04 };
  expect(overBudget(weight, budget)).toEqual(['packages 4.0, budget 3', 'megabytes 1.0, budget 1']);
});

it('a package without a budget is an error', () => {
  expect(() => budgetOf('no-such-package')).toThrow('no-such-package has no budget');
});
