import { expect, it } from 'vitest';
import { Turnstile } from '../../src/delivery/turnstile.js';

it('lets so many in at a time, the others in the order in which they came', async () => {
  const turnstile = new Turnstile(2);
  const entered: number[] = [];
  for (const n of [1, 2, 3, 4]) void turnstile.enter().then(() => entered.push(n));
  await Promise.resolve();
  expect(entered).toEqual([1, 2]);
  expect(turnstile.waiting).toBe(2);
  turnstile.leave();
  await Promise.resolve();
  expect(entered).toEqual([1, 2, 3]);
  turnstile.leave();
  turnstile.leave();
  turnstile.leave();
  await Promise.resolve();
  expect(entered).toEqual([1, 2, 3, 4]);
  for (const n of [5, 6, 7]) void turnstile.enter().then(() => entered.push(n));
  await Promise.resolve();
  expect(entered).toEqual([1, 2, 3, 4, 5, 6]);
});
