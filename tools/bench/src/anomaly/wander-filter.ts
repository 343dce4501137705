/** The best estimate of a value that wanders (keeps a share of itself and is pushed by chance) from noisy measurements (Kalman). */
export class WanderFilter {
  readonly kept: number;
  readonly #pushed: number;
  /** Expected now, before the next measurement, and the variance of that. */
  mean = 0;
  variance: number;

  constructor(deviation: number, kept: number) {
    this.kept = kept;
    this.#pushed = deviation * deviation * (1 - kept * kept);
    this.variance = deviation * deviation;
  }

  /** Takes a measurement, and tells what of it was not expected, the variance of that, and the share that is followed. */
  learn(measured: number, noise: number): { rest: number; variance: number; gain: number } {
    const rest = measured - this.mean;
    const variance = this.variance + noise;
    const gain = this.variance / variance;
    this.mean += gain * rest;
    this.variance *= 1 - gain;
    this.wait();
    return { rest, variance, gain };
  }

  /** A window passes without a measurement. */
  wait(): void {
    this.mean *= this.kept;
    this.variance = this.kept * this.kept * this.variance + this.#pushed;
  }
}
