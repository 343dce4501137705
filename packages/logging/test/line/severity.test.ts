import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { createLogger, type SeverityOption } from '../../src/index.js';
import { severityNumbers } from '../../src/line/severity.js';
import { collector } from '../collector.js';

describe('severityNumbers', () => {
  it('are pino’s, syslog’s and OpenTelemetry’s for the levels that these have', () => {
    const all = { fatal: 0, error: 1, warn: 2, info: 3, debug: 4, trace: 5 };
    expect([...severityNumbers(all, 'number').values()]).toEqual([60, 50, 40, 30, 20, 10]);
    expect([...severityNumbers(all, 'otel').values()]).toEqual([21, 17, 13, 9, 5, 1]);
    const { levels } = winston.config.syslog;
    expect(Object.fromEntries(severityNumbers(levels, 'syslog'))).toEqual(levels);
  });

  it.each(['number', 'syslog', 'otel'] as const)(
    'never rank a level of winston’s wrongly: %s',
    (scheme) => {
      for (const levels of [
        winston.config.npm.levels,
        winston.config.syslog.levels,
        winston.config.cli.levels,
      ]) {
        const ranked = Object.entries(levels).sort(([, a], [, b]) => a - b);
        const numbers = severityNumbers(levels, scheme);
        const given = ranked.map(([level]) => numbers.get(level)!);
        const sorted = given.toSorted((a, b) => (scheme === 'syslog' ? a - b : b - a));
        expect(given).toEqual(sorted);
      }
    },
  );

  it('are those of the next level above, or else below, for a level of another name', () => {
    const numbers = severityNumbers({ panic: 0, error: 1, odd: 2, info: 3 }, 'number');
    expect(Object.fromEntries(numbers)).toEqual({ panic: 50, error: 50, odd: 50, info: 30 });
    expect(severityNumbers({ a: 0 }, 'otel').get('a')).toBe(9);
  });
});

describe('the level of a line', () => {
  it.each<[SeverityOption, unknown]>([
    ['name', 'warn'],
    ['number', 40],
    ['syslog', 4],
    ['otel', 13],
  ])('is told as %s', (severity, level) => {
    const out = collector();
    createLogger({ destination: out.stream, severity }).warn('text');
    createLogger({ destination: out.stream, severity }).warn('careful %s', 'text');
    createLogger({ destination: out.stream, severity, preset: 'ecs' }).warn('text');
    expect(out.lines().map((line) => line['level'] ?? line['log.level'])).toEqual(
      Array(3).fill(level),
    );
  });
});
