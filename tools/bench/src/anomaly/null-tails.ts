/** The chance that a normal deviation exceeds this many standard deviations, to one part in ten thousand also far out. */
export function exceededByNormal(z: number): number {
  if (z < 0) return 1 - exceededByNormal(-z);
  if (z < 3) {
    // The integral up to z by Simpson's rule.
    const steps = 200;
    let sum = 0;
    for (let step = 0; step <= steps; step += 1) {
      const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
      sum += weight * Math.exp(-0.5 * ((z * step) / steps) ** 2);
    }
    return 0.5 - (sum * z) / (3 * steps * Math.sqrt(2 * Math.PI));
  }
  // Laplace's continued fraction.
  let fraction = z;
  for (let depth = 60; depth > 0; depth -= 1) fraction = z + depth / fraction;
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) / fraction;
}

/** The chance of at least so many events, of which `usual` times e^w are expected, w being normal with a mean and a variance. */
export function countTail(count: number, usual: number, mean: number, variance: number): number {
  const deviation = Math.sqrt(variance);
  const step = 0.1;
  let chance = 0;
  for (let z = -8; z <= 8; z += step) {
    const density = (step * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
    chance += density * atLeast(count, usual * Math.exp(mean + deviation * z));
  }
  return chance;
}

/** P(X >= count) of a Poisson variable. */
function atLeast(count: number, expected: number): number {
  if (count <= 0) return 1;
  let log = -expected;
  for (let k = 1; k <= count; k += 1) log += Math.log(expected / k);
  // Upwards from the count where that is beyond the mean, else down to 0 from below it.
  if (count > expected) {
    let term = Math.exp(log);
    let sum = 0;
    for (let k = count; term > 1e-17 * sum && k < count + 10_000; k += 1) {
      sum += term;
      term *= expected / (k + 1);
    }
    return sum;
  }
  let term = Math.exp(log) * (count / expected);
  let sum = 0;
  for (let k = count - 1; k >= 0; k -= 1) {
    sum += term;
    term *= k / expected;
  }
  return Math.max(0, 1 - sum);
}
