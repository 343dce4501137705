/** A distance that sees metrics leave the relation that they had with each other. JSON-able. */
export interface Relation {
  /** Lower triangular Cholesky factor of the covariance, row after row. */
  readonly factor: readonly number[];
  readonly mean: readonly number[];
  /** Range of each column in training: how far out a metric is, is for the other votes to say. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Learns the relation between the columns of standardised rows; the covariance is shrunk a little to its diagonal. */
export function learnRelation(rows: readonly Float64Array[]): Relation {
  const count = rows.length;
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) =>
    rows.map((row) => row[column] as number),
  );
  const mean = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / count);
  const kept = 1 - Math.min(0.5, width / count);
  const covariance = (a: number, b: number): number => {
    let sum = 0;
    for (const row of rows) {
      sum +=
        ((row[a] as number) - (mean[a] as number)) * ((row[b] as number) - (mean[b] as number));
    }
    return a === b ? sum / count + 1e-9 : (kept * sum) / count;
  };
  return {
    factor: cholesky(width, covariance),
    mean,
    low: columns.map((values) => Math.min(...values)),
    high: columns.map((values) => Math.max(...values)),
  };
}

/** Logarithm of the Mahalanobis distance of a row, each column held within its training range. */
export function relationDistance(relation: Relation, row: ArrayLike<number>): number {
  const { factor, mean, low, high } = relation;
  const solved: number[] = [];
  let squares = 0;
  for (let at = 0; at < mean.length; at += 1) {
    const held = Math.min(high[at] as number, Math.max(low[at] as number, row[at] as number));
    const start = (at * (at + 1)) / 2;
    let rest = held - (mean[at] as number);
    for (let before = 0; before < at; before += 1) {
      rest -= (factor[start + before] as number) * (solved[before] as number);
    }
    const value = rest / (factor[start + at] as number);
    solved.push(value);
    squares += value * value;
  }
  return 0.5 * Math.log(squares + 1e-12);
}

function cholesky(width: number, entry: (row: number, column: number) => number): number[] {
  const factor: number[] = [];
  const at = (row: number, column: number): number => factor[(row * (row + 1)) / 2 + column] ?? 0;
  for (let row = 0; row < width; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let rest = entry(row, column);
      for (let before = 0; before < column; before += 1) {
        rest -= at(row, before) * at(column, before);
      }
      factor.push(row === column ? Math.sqrt(Math.max(rest, 1e-9)) : rest / at(column, column));
    }
  }
  return factor;
}
