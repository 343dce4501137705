import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerQueue, type Timed } from '../../src/memory/timer-queue.js';

interface Item extends Timed {
  readonly order: number;
}

describe('a timer queue', () => {
  it('always knows the earliest, whatever is added, moved, shifted and removed', () => {
    const step = fc.oneof(
      fc.record({ what: fc.constant('set'), item: fc.nat(9), at: fc.nat(20) }),
      fc.record({ what: fc.constant('remove'), item: fc.nat(9), at: fc.constant(0) }),
      fc.record({
        what: fc.constant('shift'),
        item: fc.constant(0),
        at: fc.integer({ min: -5, max: 5 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const queue = new TimerQueue<Item>();
        const items: Item[] = Array.from({ length: 10 }, (_, order) => ({
          order,
          dueAt: 0,
          place: -1,
        }));
        const model = new Map<Item, number>();
        for (const { what, item, at } of steps) {
          const one = items[item]!;
          if (what === 'set') {
            queue.set(one, at);
            model.set(one, at);
          } else if (what === 'remove') {
            queue.remove(one);
            model.delete(one);
          } else {
            queue.shift(at);
            for (const [each, due] of model) model.set(each, due + at);
          }
          const [earliest] = [...model].sort(
            ([a, dueA], [b, dueB]) => dueA - dueB || a.order - b.order,
          );
          expect(queue.peek()).toBe(earliest?.[0]);
          expect(queue.peek()?.dueAt).toBe(earliest?.[1]);
          expect(queue.size).toBe(model.size);
        }
      }),
    );
  });
});
