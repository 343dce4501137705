import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../random.js';
import { Draw } from './gaussian.js';

/** A table of rows, some of them outliers. */
export interface OutlierSet {
  readonly name: string;
  readonly rows: readonly Float64Array[];
  readonly isOutlier: readonly boolean[];
}

/** Every `outliers/*.csv` of a directory: numbers with a head, the last column `label` 1 for an outlier. */
export function readOutlierSets(directory: string): OutlierSet[] {
  const folder = join(directory, 'outliers');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.csv'))
    .sort()
    .map((file) => {
      const [, ...lines] = readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/);
      const cells = lines.map((line) => line.split(',').map(Number));
      return {
        name: file.replace(/\.csv$/, ''),
        rows: cells.map((row) => Float64Array.from(row.slice(0, -1))),
        isOutlier: cells.map((row) => row.at(-1) === 1),
      };
    });
}

/** Built-in sets: a cloud with outliers all around, correlated columns, two clouds, skewed columns. */
export function builtInOutlierSets(): OutlierSet[] {
  const make = (
    name: string,
    seed: number,
    width: number,
    row: (draw: Draw, odd: boolean) => number[],
  ): OutlierSet => {
    // prettier-ignore
    const draw = new Draw(new Random(seed));
    const isOutlier = Array.from({ length: 1500 + 100 * width }, () => draw.random.chance(0.05));
    return { name, isOutlier, rows: isOutlier.map((odd) => Float64Array.from(row(draw, odd))) };
  };
  const times = (width: number, value: () => number): number[] => Array.from({ length: width }, value); // prettier-ignore
  return [
    make('cloud', 1, 6, (draw, odd) => times(6, () => draw.normal() * (odd ? 2 : 1))),
    make('correlated', 2, 5, (draw, odd) => {
      const common = draw.normal();
      return times(5, () => (odd ? 1.2 * draw.normal() : common + 0.4 * draw.normal()));
    }),
    make('two clouds', 3, 4, (draw, odd) => {
      const centre = odd ? 0 : draw.random.chance(0.5) ? 3 : -3;
      return times(4, () => centre + draw.normal());
    }),
    make('skewed', 4, 8, (draw, odd) => times(8, () => Math.exp(draw.normal() + (odd ? 0.8 : 0)))),
  ];
}

/** Area under the ROC curve of scores that are lower for outliers; ties count half. */
export function rocAuc(scores: ArrayLike<number>, isOutlier: readonly boolean[]): number {
  const order = Array.from(isOutlier.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number)); // prettier-ignore
  let outliers = 0;
  let ranks = 0;
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && scores[order[last + 1] as number] === scores[order[first] as number]) last += 1; // prettier-ignore
    for (let at = first; at <= last; at += 1) {
      if (!isOutlier[order[at] as number]) continue;
      outliers += 1;
      ranks += (first + last) / 2 + 1;
    }
    first = last + 1;
  }
  return (ranks - (outliers * (outliers + 1)) / 2) / (outliers * (order.length - outliers));
}
