import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineQueue } from '../src/line-queue.js';

describe('LineQueue', () => {
  it('gives lines in order and drops the oldest beyond its bytes', () => {
    const queue = new LineQueue(6);
    expect(queue.push('aa\n')).toBe(0);
    expect(queue.push('bb\n')).toBe(0);
    expect(queue.push('cc\n')).toBe(1);
    expect(queue.takeGap()).toBe(1);
    expect(queue.takeGap()).toBe(0);
    expect(queue.take(100)).toEqual({ text: 'bb\ncc\n', lines: 2 });
    expect(queue.take(100)).toBeUndefined();
  });

  it('keeps a line longer than its bytes, alone', () => {
    const queue = new LineQueue(3);
    queue.push('a\n');
    expect(queue.push('long line\n')).toBe(1);
    expect(queue.length).toBe(1);
    expect(queue.clear()).toBe(1);
    expect(queue.units).toBe(0);
  });

  it('accounts for every line, whatever is pushed and taken', () => {
    const step = fc.oneof(
      fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'é', '€', '😀') }),
      fc.integer({ min: 1, max: 30 }),
    );
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        (steps, max) => {
          const queue = new LineQueue(max);
          const model: string[] = [];
          const size = (): number => model.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
          let gap = 0;
          for (const one of steps) {
            if (typeof one === 'string') {
              model.push(one);
              let dropped = 0;
              for (; size() > max && model.length > 1; dropped++) model.shift();
              expect(queue.push(one)).toBe(dropped);
              gap += dropped;
            } else {
              const chunk = queue.take(one);
              const expected = model.splice(0, chunk?.lines ?? 0);
              expect(chunk?.text ?? '').toBe(expected.join(''));
              expect(chunk === undefined).toBe(expected.length === 0 && model.length === 0);
              expect(queue.takeGap()).toBe(gap);
              gap = 0;
            }
            expect(queue.length).toBe(model.length);
            expect(queue.units).toBe(model.join('').length);
          }
        },
      ),
    );
  });

  it('holds no memory of what a long stream passed through it', () => {
    const queue = new LineQueue(1000);
    for (let i = 0; i < 100_000; i++) queue.push(`${i}\n`);
    expect(queue.units).toBeLessThanOrEqual(1000);
    expect(queue.takeGap() + queue.length).toBe(100_000);
  });
});
