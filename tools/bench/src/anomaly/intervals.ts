/** The rates, at 95 %, that a count of rare events is compatible with (Garwood's exact interval of a Poisson mean). */
export function poissonInterval(count: number): readonly [number, number] {
  const low = count === 0 ? 0 : solve((mean) => 1 - below(count - 1, mean) - 0.025, 0, count + 1);
  return [low, solve((mean) => 0.025 - below(count, mean), count, 4 * count + 20)];
}

/** The shares, at 95 %, that so many successes of so many trials are compatible with (Wilson). */
export function shareInterval(successes: number, trials: number): readonly [number, number] {
  if (trials === 0) return [0, 1];
  const z = 1.96;
  const share = successes / trials;
  const middle = share + (z * z) / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return [(middle - half) / scale, (middle + half) / scale];
}

/** P(X <= count) of a Poisson variable. */
function below(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  for (let k = 1; k <= count; k += 1) {
    term *= mean / k;
    sum += term;
  }
  return sum;
}

/** Where a growing function is 0. */
function solve(growing: (at: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2;
    if (growing(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
