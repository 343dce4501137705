import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMatchers } from '../../src/alertmanager-api/matcher-text.js';

describe('a matcher in text', () => {
  it.each([
    ['alertname="Slow"', [{ label: 'alertname', op: '=', value: 'Slow' }]],
    ['a=b', [{ label: 'a', op: '=', value: 'b' }]],
    [
      '{a!="x, y",b=~"c|d" , e!~f.*}',
      [
        { label: 'a', op: '!=', value: 'x, y' },
        { label: 'b', op: '=~', value: 'c|d' },
        { label: 'e', op: '!~', value: 'f.*' },
      ],
    ],
    [String.raw`a="\"\\\n"`, [{ label: 'a', op: '=', value: '"\\\n' }]],
    ['a=""', [{ label: 'a', op: '=', value: '' }]],
    ['', []],
    ['{}', []],
  ])('is read as Alertmanager reads it: %s', (text, matchers) => {
    expect(parseMatchers(text)).toEqual(matchers);
  });

  it.each(['a', '=b', 'a="b', 'a==~"b"c', 'a="b" c="d"', 'a=~"("', '1a=b', '{a=b'])(
    'that cannot be read is a problem of whoever wrote it: %s',
    (text) => {
      expect(() => parseMatchers(text)).toThrow(expect.objectContaining({ status: 400 }) as Error);
    },
  );

  it('gives back what was quoted, whatever it was', () => {
    const ops = fc.constantFrom('=', '!=');
    fc.assert(
      fc.property(fc.array(fc.tuple(ops, fc.string({ unit: 'binary' }))), (written) => {
        const quote = (value: string) =>
          value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
        const text = written.map(([op, value], index) => `l${index}${op}"${quote(value)}"`);
        expect(parseMatchers(`{${text.join(',')}}`)).toEqual(
          written.map(([op, value], index) => ({ label: `l${index}`, op, value })),
        );
      }),
    );
  });

  it('takes no longer than its length asks for', () => {
    const begun = performance.now();
    expect(() => parseMatchers(`a="${'\\'.repeat(100_000)}`)).toThrow();
    expect(() => parseMatchers(' '.repeat(100_000) + 'x')).toThrow();
    expect(() => parseMatchers(`a=${' '.repeat(20_000)}"`)).toThrow();
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});
