import { format } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasTokens, interpolate } from '../../src/line/message.js';
import { newWalk } from '../../src/line/plain-value.js';
import { resolveOptions } from '../../src/options.js';
import { maskingOf } from '../../src/redaction/masking.js';

function walk() {
  return newWalk(resolveOptions({}, {}).limits, maskingOf());
}

describe('interpolate', () => {
  it('puts primitives where util.format puts them', () => {
    const primitive = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(undefined),
    );
    const piece = fc.constantFrom('%s', '%j', '%d', '%%', 'text', '%x', '100%');
    fc.assert(
      fc.property(fc.array(piece), fc.array(primitive, { maxLength: 6 }), (pieces, args) => {
        const tokens = pieces.filter((one) => /^%[sjd]$/.test(one)).length;
        fc.pre(tokens > 0 && args.length > 0);
        // util.format counts null as the number 0.
        fc.pre(!pieces.includes('%d') || !args.includes(null));
        const message = pieces.join(' ');
        const expected = format(message, ...args.slice(0, tokens));
        expect(interpolate(message, args, walk()).text).toBe(expected);
      }),
    );
  });

  it('formats numbers, objects and CSS as util.format does', () => {
    const { text, rest } = interpolate(
      '%d %i %f %j %o %c|%s',
      ['42', 4.9, '1.5', { a: 1 }, [1], 'color: red', 'x', 'left'],
      walk(),
    );
    expect(text).toBe('42 4 1.5 {"a":1} [1] |x');
    expect(rest).toEqual(['left']);
  });

  it('leaves a token that has no argument', () => {
    expect(interpolate('%s and %s', ['a'], walk()).text).toBe('a and %s');
  });

  it('masks secrets of objects and texts of errors', () => {
    const { text } = interpolate(
      '%j failed: %s',
      [{ password: 'x' }, new TypeError('for bob@example.com')],
      walk(),
    );
    expect(text).toBe('{"password":"[redacted]"} failed: TypeError: for [email]');
  });

  it('does not take argument text for tokens', () => {
    expect(interpolate('%s %s', ['%s', 'b'], walk()).text).toBe('%s b');
    expect(interpolate('%s', ["$& $' $1"], walk()).text).toBe("$& $' $1");
  });
});

describe('hasTokens', () => {
  it('knows tokens from per cents', () => {
    expect(hasTokens('load 90%')).toBe(false);
    expect(hasTokens('90% of it')).toBe(false);
    expect(hasTokens('%s')).toBe(true);
    expect(hasTokens('a %d b')).toBe(true);
  });
});
