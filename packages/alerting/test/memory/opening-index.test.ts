import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpeningIndex } from '../../src/memory/opening-index.js';

describe('an opening index', () => {
  it('lists what was added and not removed, latest first, from any number on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(-1), fc.nat(200)), { maxLength: 300 }),
        fc.nat(300),
        (steps, below) => {
          const index = new OpeningIndex<number>();
          let model: number[] = [];
          for (const step of steps) {
            if (step < 0) {
              const number = index.add(model.length);
              model.push(number);
            } else {
              index.remove(step);
              model = model.filter((number) => number !== step);
            }
          }
          expect(index.size).toBe(model.length);
          expect([...index.latestFirst(below)].map(([number]) => number)).toEqual(
            model.filter((number) => number < below).reverse(),
          );
        },
      ),
    );
  });
});
