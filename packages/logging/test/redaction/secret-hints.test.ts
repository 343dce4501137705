import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonString } from '../../src/line/json-line.js';
import { isPlainText, mayHoldSecret, shortText } from '../../src/redaction/secret-hints.js';
import { maskPatterns } from '../../src/redaction/secret-patterns.js';
import { harmless, secrets } from './secret-corpus.js';

const mask = (text: string): string => maskPatterns(text, (kind) => `[${kind}]`);

/** Texts made of the very pieces that the patterns are about. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(...secrets),
      fc.constantFrom(...secrets).map((secret) => secret.slice(secret.length / 3)),
      fc.constantFrom(
        '@',
        '%40',
        '=',
        ':',
        '=>',
        ' : ',
        '"',
        `\\"`,
        "'",
        '://',
        '?',
        '&',
        ' ',
        '\n',
      ),
      fc.constantFrom(
        'password',
        'Api-Key',
        'TOKEN',
        'access_key_id',
        'session_id',
        'cookie',
        'pass',
      ),
      fc.constantFrom(
        'bearer',
        'BASIC',
        'eyJ',
        'AKIA',
        'sk-',
        '4111',
        '-',
        '_',
        'a.b',
        'é',
        'x'.repeat(20),
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join(''));

describe('mayHoldSecret', () => {
  it('is true for all that a pattern finds', () => {
    fc.assert(
      fc.property(pieces, (text) => {
        if (mask(text) !== text) expect([text, mayHoldSecret(text)]).toEqual([text, true]);
      }),
      { numRuns: 5000 },
    );
  });

  it.each(secrets)('is true for %j', (secret) => {
    expect([mask(secret) === secret, mayHoldSecret(secret)]).toEqual([false, true]);
  });

  it('is false for what lines are usually made of', () => {
    // What is taken for a secret at first costs time; these are too common for that.
    expect(harmless.filter(mayHoldSecret)).toEqual([]);
  });
});

describe('isPlainText', () => {
  it('is true only for what JSON writes as it is and no pattern finds', () => {
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string({ unit: 'grapheme' })), (long) => {
        const text = long.slice(0, shortText);
        if (isPlainText(text)) expect([mask(text), jsonString(text)]).toEqual([text, `"${text}"`]);
      }),
      { numRuns: 5000 },
    );
  });

  it('is true for plain words', () => {
    for (const text of ['', 'pii', 'mapped', 'GET', 'a (b) c 1.5']) {
      expect([text, isPlainText(text)]).toEqual([text, true]);
    }
  });
});
