import { expect, it } from 'vitest';

import { Draw, Wander } from '../../src/anomaly/gaussian.js';
import { WanderFilter } from '../../src/anomaly/wander-filter.js';
import { Random } from '../../src/random.js';

it('errs by as much as it says it does, and less than following the last measurement or none', () => {
  const draw = new Draw(new Random(5));
  const wander = new Wander(draw, 2, 0.95);
  const filter = new WanderFilter(2, 0.95);
  let [squares, said, lasts, nones, last] = [0, 0, 0, 0, 0];
  for (let window = 0; window < 40_000; window += 1) {
    const measured = wander.next() + 1.5 * draw.normal();
    const { rest, variance } = filter.learn(measured, 2.25);
    squares += rest ** 2;
    said += variance;
    lasts += (measured - last) ** 2;
    nones += measured ** 2;
    last = measured;
  }
  expect(squares / said).toBeCloseTo(1, 1);
  expect(squares).toBeLessThan(0.8 * Math.min(lasts, nones));
});
