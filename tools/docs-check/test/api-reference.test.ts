import { expect, it } from 'vitest';
import { ApiReference } from '../src/api-reference.js';

it('every export of every package has documentation', async () => {
  const reference = await ApiReference.read();
  expect(reference.size).toBeGreaterThan(300);
  expect(reference.undocumented()).toEqual([]);
});
