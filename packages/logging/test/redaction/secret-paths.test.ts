import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/index.js';
import { below, compilePaths, type SecretPath } from '../../src/redaction/secret-paths.js';
import { collector } from '../collector.js';

/** Whether a value at these keys is a secret, as a walk finds it. */
function isSecret(tree: SecretPath | undefined, keys: readonly string[]): boolean {
  let at = tree;
  for (const key of keys) {
    at = at && below(at, key);
    if (at?.ends === true) return true;
  }
  return false;
}

describe('compilePaths', () => {
  it.each([
    ['user.email', ['user', 'email']],
    ['user["e-mail"]', ['user', 'e-mail']],
    [`user['a.b'].c`, ['user', 'a.b', 'c']],
    ['["x-key"]', ['x-key']],
    ['[`x`].y', ['x', 'y']],
    ['items[0].card', ['items', '0', 'card']],
    ['items[*].card', ['items', '7', 'card']],
    ['*.ssn', ['anything', 'ssn']],
    ['a.*', ['a', 'b']],
    ['a.*.c.*', ['a', 'b', 'c', 'd']],
    ['*[*].x', ['a', '0', 'x']],
    ['a[""]', ['a', '']],
  ])('finds what %s means', (path, keys) => {
    const tree = compilePaths([path]);
    expect(isSecret(tree, keys)).toBe(true);
    expect(isSecret(tree, keys.slice(0, -1))).toBe(false);
    expect(isSecret(tree, ['other', ...keys])).toBe(false);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a[', 'a[]', 'a]b', 'a["b]', 'a b', 'a[b'])(
    'rejects %j',
    (path) => {
      expect(() => compilePaths([path])).toThrow(SyntaxError);
    },
  );

  it('finds with many paths together what each finds alone', () => {
    const key = fc.constantFrom('a', 'b', 'c');
    const segment = fc.constantFrom('a', 'b', 'c', '*');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(path, { minLength: 1, maxLength: 5 }),
        fc.array(key, { maxLength: 5 }),
        (paths, keys) => {
          const expected = paths.some(
            (one) =>
              one.length <= keys.length &&
              one.every((part, at) => part === '*' || part === keys[at]),
          );
          expect(isSecret(compilePaths(paths.map((one) => one.join('.'))), keys)).toBe(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a line', () => {
  const paths = ['user.name', 'items[*].card.number', '*.note', 'plain', 'error.detail', 'level'];

  it('shows nothing that stands at one of the paths', () => {
    const out = collector();
    const logger = createLogger({
      destination: out.stream,
      redact: { paths },
      fields: { plain: 's1' },
    });
    logger.child({ user: { name: 's2', id: 1 } }).info('text', {
      items: [{ card: { number: 's3', brand: 'x' } }, { card: { number: ['s4'] } }],
      a: { note: { deep: 's5' }, kept: true },
      map: new Map([['note', 's6']]),
      level: 's7',
    });
    logger.info('%s', 'careful', { user: { name: 's8' }, plain: 's9' });
    expect(out.raw().join('')).not.toMatch(/s\d/);
    expect(out.lines()[0]).toMatchObject({
      plain: '[redacted]',
      user: { name: '[redacted]', id: 1 },
      items: [{ card: { number: '[redacted]', brand: 'x' } }, { card: { number: '[redacted]' } }],
      a: { note: '[redacted]', kept: true },
    });
  });

  it('shows what stands elsewhere, under the same names', () => {
    const out = collector();
    createLogger({ destination: out.stream, redact: { paths: ['user.name'] } }).info('text', {
      name: 'a',
      user: 'b',
      other: { user: { name: 'c' } },
    });
    expect(out.lines()[0]).toMatchObject({ name: 'a', user: 'b', other: { user: { name: 'c' } } });
  });
});
