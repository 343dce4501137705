import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineQueue } from '../../src/destination/line-queue.js';

describe('LineQueue', () => {
  it('gives lines in order and drops the oldest beyond its bytes', () => {
    const queue = new LineQueue(6);
    expect(queue.push('aa\n', 2)).toBe(0);
    expect(queue.push('bb\n', 2)).toBe(0);
    expect(queue.push('cc\n', 2)).toBe(1);
    expect(queue.takeGap()).toEqual(new Map([[2, 1]]));
    expect(queue.takeGap()).toBeUndefined();
    expect(queue.take(100)).toEqual({ text: 'bb\ncc\n', lines: 2 });
    expect(queue.take(100)).toBeUndefined();
  });

  it('drops the least severe first, the oldest of them first, and what has just come if it is that', () => {
    const queue = new LineQueue(12);
    queue.push('d1\n', 5);
    queue.push('e1\n', 0);
    queue.push('d2\n', 5);
    queue.push('i1\n', 2);
    expect(queue.push('i2\n', 2)).toBe(1);
    expect(queue.push('e2\n', 0)).toBe(1);
    expect(queue.push('d3\n', 5)).toBe(1);
    expect(queue.push('i3\n', 2)).toBe(1);
    expect(queue.takeGap()).toEqual(
      new Map([
        [5, 3],
        [2, 1],
      ]),
    );
    expect(queue.take(100)).toEqual({ text: 'e1\ni2\ne2\ni3\n', lines: 4 });
  });

  it('keeps a line longer than its bytes, alone', () => {
    const queue = new LineQueue(3);
    queue.push('a\n', 2);
    expect(queue.push('long line\n', 2)).toBe(1);
    expect(queue.length).toBe(1);
    expect(queue.clear()).toBe(1);
    expect(queue.units).toBe(0);
  });

  it('accounts for every line, whatever is pushed and taken', () => {
    const line = fc.record({
      text: fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'é', '€', '😀') }),
      rank: fc.constantFrom(0, 2, 5, Infinity),
    });
    const step = fc.oneof(line, line, fc.integer({ min: 1, max: 30 }));
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        (steps, max) => {
          const queue = new LineQueue(max);
          const model: { text: string; rank: number }[] = [];
          const size = (): number =>
            model.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
          let gap = new Map<number, number>();
          for (const one of steps) {
            if (typeof one !== 'number') {
              model.push(one);
              let dropped = 0;
              for (; size() > max && model.length > 1; dropped++) {
                const rank = Math.max(...model.map((other) => other.rank));
                model.splice(
                  model.findIndex((other) => other.rank === rank),
                  1,
                );
                gap.set(rank, (gap.get(rank) ?? 0) + 1);
              }
              expect(queue.push(one.text, one.rank)).toBe(dropped);
            } else {
              const chunk = queue.take(one);
              const expected = model.splice(0, chunk?.lines ?? 0);
              expect(chunk?.text ?? '').toBe(expected.map(({ text }) => text).join(''));
              expect(chunk === undefined).toBe(expected.length === 0 && model.length === 0);
              expect(queue.takeGap() ?? new Map()).toEqual(gap);
              gap = new Map();
            }
            expect(queue.length).toBe(model.length);
            expect(queue.units).toBe(model.map(({ text }) => text).join('').length);
          }
        },
      ),
    );
  });

  it('holds no memory of what a long stream passed through it', () => {
    const queue = new LineQueue(1000);
    for (let i = 0; i < 100_000; i++) queue.push(`${i}\n`, 2);
    expect(queue.units).toBeLessThanOrEqual(1000);
    expect((queue.takeGap()?.get(2) ?? 0) + queue.length).toBe(100_000);
  });

  it('holds no memory of lines that were dropped behind one that waits, and finds the next at once', () => {
    const queue = new LineQueue(1_000_000);
    queue.push('error\n', 0);
    const line = `${'x'.repeat(98)}\n`;
    const before = process.memoryUsage().heapUsed;
    const start = performance.now();
    for (let i = 0; i < 500_000; i++) queue.push(line, 2 + (i % 3));
    // Searching from the front each time would take minutes.
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
    const kept = queue.take(2_000_000);
    expect(kept?.text.startsWith('error\n')).toBe(true);
    const gap = queue.takeGap();
    // The least severe are gone before any other is.
    expect([...(gap ?? [])].reduce((sum, [, count]) => sum + count, 0)).toBe(
      500_001 - (kept?.lines ?? 0),
    );
    expect(gap?.get(4)).toBe(166_666);
  });
});
