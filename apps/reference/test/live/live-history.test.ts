import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LiveHistory } from '../../src/live/live-history.js';

it('gives a reader what came after the id that it has', () => {
  const history = new LiveHistory<number>();
  history.add(1);
  const id = history.add(2);
  expect(history.since(id)).toEqual({ id, points: [], whole: false });
  history.add(3);
  history.add(4);
  expect(history.since(id)).toEqual({ id: history.id, points: [3, 4], whole: false });
});

it('gives everything to a reader whose id is too old', () => {
  const history = new LiveHistory<number>(3);
  const old = history.add(1);
  for (const point of [2, 3, 4]) history.add(point);
  expect(history.since(old)).toEqual({ id: history.id, points: [2, 3, 4], whole: false });
  history.add(5);
  expect(history.since(old)).toEqual({ id: history.id, points: [3, 4, 5], whole: true });
});

it('gives everything to a reader of another process, and to one whose id makes no sense', () => {
  const history = new LiveHistory<number>();
  const other = new LiveHistory<number>();
  history.add(1);
  const [process] = history.id.split('-');
  for (const id of [
    undefined,
    '',
    other.add(1),
    `${process!}-2`,
    `${process!}--1`,
    `${process!}-1.5`,
    `${process!}-1\nid: 2`,
    'x'.repeat(100_000),
  ]) {
    expect(history.since(id)).toEqual({ id: history.id, points: [1], whole: true });
  }
});

it('keeps a bounded number, and continues exactly where a reader was', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      (mostKept, before, after) => {
        const history = new LiveHistory<number>(mostKept);
        for (let point = 1; point <= before; point += 1) history.add(point);
        const { id } = history;
        for (let point = before + 1; point <= before + after; point += 1) history.add(point);
        const all = Array.from({ length: before + after }, (_, index) => index + 1);
        const kept = all.slice(-mostKept);
        const missed = all.slice(before);
        const { points, whole } = history.since(id);
        expect(whole).toBe(missed.length > kept.length);
        expect(points).toEqual(whole ? kept : missed);
      },
    ),
  );
});
