import { Writable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../src/index.js';
import { collector } from '../collector.js';

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) };

function terminal() {
  let text = '';
  const stream = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    }),
    { isTTY: true },
  );
  return { stream, text: () => text };
}
afterEach(() => vi.unstubAllEnvs());

describe('pretty output', () => {
  it('is chosen for a terminal, in colour', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    const { stream, text } = terminal();
    createLogger({ destination: stream, clock }).warn('careful', { a: 1 });
    expect(text()).toContain('\u001b[33mWARN \u001b[0m');
    expect(text()).toContain('careful');
  });

  it('has no colour with NO_COLOR, on a dumb terminal, or elsewhere than on a terminal', () => {
    const line = '03:04:05.006Z INFO  root hello "you" user=7 text="two words" list=[1,2]\n';
    for (const [name, value] of [
      ['NO_COLOR', '1'],
      ['TERM', 'dumb'],
    ] as const) {
      vi.stubEnv(name, value);
      const { stream, text } = terminal();
      createLogger({ destination: stream, clock }).info('hello "you"', {
        user: 7,
        text: 'two words',
        list: [1, 2],
      });
      expect(text()).toBe(line);
      vi.unstubAllEnvs();
    }
    const out = collector();
    createLogger({ destination: out.stream, clock, format: 'pretty' }).info('hello "you"', {
      user: 7,
      text: 'two words',
      list: [1, 2],
    });
    expect(`${out.raw()[0]!}\n`).toBe(line);
  });

  it('gives way to json where that is asked for', () => {
    const { stream, text } = terminal();
    createLogger({ destination: stream, clock, format: 'json' }).info('text');
    expect(JSON.parse(text())).toMatchObject({ message: 'text' });
  });

  it('shows errors with their stack and causes, indented', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, format: 'pretty', clock });
    logger.error(
      'failed',
      new AggregateError([new TypeError('one'), 'two'], 'many', { cause: new Error('root') }),
    );
    const [head, ...rest] = out.raw();
    expect(head).toBe('03:04:05.006Z ERROR root failed');
    expect(rest[0]).toBe('    AggregateError: many');
    expect(rest).toContain('      cause:');
    expect(rest).toContain('        Error: root');
    expect(rest).toContain('        TypeError: one');
    expect(rest).toContain('      errors[1]: two');
    for (const line of rest) expect(line).toMatch(/^ {4}/);
    logger.error('failed', { error: 'text' });
    expect(out.raw().at(-1)).toBe('03:04:05.006Z ERROR root failed error=text');
  });

  it('lets no input start a line or steer the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const out = collector();
        const logger = createLogger({ destination: out.stream, format: 'pretty', clock });
        const bad = `${a}\n\u001b[2J\r\u009b\u2028${b}`;
        logger.child({ [`k${bad}`]: bad }).error(`m${bad}`, { list: [bad] }, new Error(bad));
        const [head, ...rest] = out.raw();
        expect(head).toMatch(/^03:04:05\.006Z ERROR/);
        for (const line of rest) expect(line).toMatch(/^ {4}/);
        // eslint-disable-next-line no-control-regex -- the very characters that must not be there
        expect(out.raw().join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      }),
      { numRuns: 30 },
    );
  });
});
