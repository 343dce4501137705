import { describe, expect, it } from 'vitest';
import { dataFault } from '../src/data-block.js';

describe('a block of data', () => {
  it.each([
    ['json', '{ "a": 1 }', '{ a: 1 }'],
    ['yaml', 'a: { b: 1 }', 'a: { b: 1'],
  ])('in %s can be parsed, or it is told why not', (language, good, bad) => {
    expect(dataFault(language, good)).toBeUndefined();
    expect(dataFault(language, bad)).toMatch(/\w/);
  });
});
