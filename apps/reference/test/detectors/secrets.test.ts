import { expect, it } from 'vitest';
import { secretsDetector } from '../../src/detectors/secrets.js';

// Put together here, so that no scanner takes this file for a leak.
const token = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');

it('finds a token of a well-known service at its place', async () => {
  const text = `my token is ${token}, keep it`;
  const [found] = await secretsDetector.detect(text);
  expect(found?.category).toBe('credential');
  expect(text.slice(found!.span.start, found!.span.end)).toBe(token);
});

it('finds nothing in harmless text', async () => {
  expect(await secretsDetector.detect('the secret of good soup is time')).toEqual([]);
});

it('keeps nothing of what it has seen', async () => {
  for (let index = 0; index < 20; index += 1) await secretsDetector.detect(`text ${index}`);
  await new Promise((resolve) => setImmediate(resolve));
  expect(performance.getEntriesByType('mark').filter(({ name }) => name.includes('@'))).toEqual([]);
});
