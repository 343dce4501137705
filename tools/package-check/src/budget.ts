import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './published-package.js';

/** The most that a package may weigh. Kilobytes are 1000 bytes. */
export interface Budget {
  /** What is downloaded. */
  readonly tarballKilobytes: number;
  /** The code of ours that loading the main entry reads; how long that takes is for `npm run bench:loading`. */
  readonly coreKilobytes: number;
  /** Packages that installing it alone brings, itself included. */
  readonly packages: number;
  /** What they take on the disk. */
  readonly megabytes: number;
}

export function budgetOf(name: string): Budget {
  const file = join(workspaceRoot, 'tools/package-check/budgets.json');
  const budgets = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Budget>>;
  const budget = budgets[name];
  if (budget === undefined) throw new Error(`${name} has no budget in ${file}`);
  return budget;
}

/** The names of what is over the budget, with both figures. */
export function overBudget(weight: Partial<Budget>, budget: Budget): readonly string[] {
  return (Object.keys(weight) as (keyof Budget)[])
    .filter((part) => (weight[part] ?? 0) > budget[part])
    .map((part) => `${part} ${(weight[part] ?? 0).toFixed(1)}, budget ${budget[part]}`);
}
