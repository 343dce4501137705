import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../src/harness/repository.js';
import { commandOf, scheduleOf, suites, suitesNamed } from '../../src/harness/suites.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

it.each(Object.entries(suites))('%s can be run alone by its command', (_, { command, script }) => {
  expect(scripts[command]).toMatch(new RegExp(`tools/bench/dist/${script}$`));
  expect(existsSync(join(root, 'tools/bench/dist', script))).toBe(true);
});

it('every command of the root that measures or breaks something is a suite', () => {
  const measuring = Object.entries(scripts)
    .filter(([, run]) => /tools\/bench\/dist\/(?!harness)/.test(run))
    .map(([name]) => name)
    .filter((name) => /^(bench|crash|storm|failover):/.test(name));
  const run = Object.values(suites).map(({ command }) => command);
  expect(measuring.filter((name) => !run.includes(name))).toEqual([]);
});

it('finds suites by the beginnings of their names, in the order of the list', () => {
  expect(suitesNamed(['loading', 'metrics-s'])).toEqual(['metrics-scrape', 'loading']);
  expect(suitesNamed([''])).toEqual(Object.keys(suites));
  expect(() => suitesNamed(['logging', 'nope'])).toThrow('no suite begins with "nope"');
});

it('runs suites whose times count alone, and simulations and crashes beside those that wait', () => {
  const names = [
    ...['loading', 'anomaly-weeks-1', 'alerting-storm', 'logging-lines'],
    ...['alerting-crash', 'logging-crash'],
  ];
  expect(scheduleOf(names)).toEqual({
    alone: ['loading', 'logging-lines'],
    beside: [
      ['anomaly-weeks-1', 'logging-crash'],
      ['alerting-storm', 'alerting-crash'],
    ],
  });
});

it('says how a suite is run alone', () => {
  const suite = { title: 't', script: 's', command: 'bench:s', args: ['--rounds', '3'] };
  expect(commandOf(suite)).toBe('npm run bench:s -- --rounds 3');
  expect(commandOf({ ...suite, args: [] })).toBe('npm run bench:s');
  expect(commandOf({ ...suite, data: 'x' })).toBe('npm run bench:s -- --rounds 3 --data <folder>');
});
