import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wireJson } from '../../src/redis/wire.js';

it('writes what JSON writes, and no half of a surrogate pair', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud83d', '\udca5', '\\', 'ud83d', '"'),
    ),
  });
  fc.assert(
    fc.property(text, (value) => {
      const written = JSON.parse(wireJson({ value })) as { value: string };
      expect(written.value).toBe(Buffer.from(value).toString());
    }),
  );
});
