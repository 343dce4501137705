import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { packNumbers, unpackFloat64, unpackUint16, unpackUint32 } from '../src/packed-numbers.js';

describe('packed numbers', () => {
  it('come back bit by bit, NaN, -0 and infinities too', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (numbers) => {
        const packed = packNumbers(Float64Array.from(numbers));
        const bits = (values: Float64Array) => [...new BigUint64Array(values.buffer)];
        expect(bits(unpackFloat64(packed))).toEqual(bits(Float64Array.from(numbers)));
      }),
    );
    const words = Uint16Array.of(0, 1, 0xffff);
    expect(unpackUint16(packNumbers(words))).toEqual(words);
    const counts = Uint32Array.of(0, 1, 0xffffffff);
    expect(unpackUint32(packNumbers(counts))).toEqual(counts);
  });

  it('are little-endian, on any machine, and only what a view shows', () => {
    expect(packNumbers(Uint16Array.of(0x1234))).toBe(Buffer.from([0x34, 0x12]).toString('base64'));
    expect(packNumbers(Float64Array.of(7, 1, 7).subarray(1, 2))).toBe(
      Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]).toString('base64'),
    );
  });

  it('are refused when their bytes are no whole number of them', () => {
    const three = Buffer.from([1, 2, 3]).toString('base64');
    expect(() => unpackUint16(three)).toThrow('a multiple of 2 bytes, got 3');
    expect(() => unpackFloat64(three)).toThrow('a multiple of 8 bytes, got 3');
  });
});
