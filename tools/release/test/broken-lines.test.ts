import { describe, expect, it } from 'vitest';
import { brokenLines } from '../src/broken-lines.js';

const before = `# What users can rely on
class Monitor
Monitor: constructor(options: Options)
Monitor: stop(): Promise<void>
interface Options, given by users
Options: readonly name: string
interface Report
Report: readonly score: number
type Status
Status: is 'normal'
# Not exported, but named by what is
interface Store, given by users
Store: load(): Promise<string>
`;

describe('users are not broken by', () => {
  it.each([
    ['nothing', '', ''],
    ['an export more', 'class Monitor\n', 'class Forest\nclass Monitor\n'],
    ['a method more', 'Monitor: stop', 'Monitor: start(): void\nMonitor: stop'],
    [
      'an argument that may be left out',
      'Store: load(',
      'Store: load(at: Date): Promise<string>\nStore: load(',
    ],
    [
      'an option that may be left out',
      'interface Report',
      'Options: readonly age?: number\ninterface Report',
    ],
    [
      'a field more of what the package gives',
      'type Status',
      'Report: readonly at: Date\ntype Status',
    ],
    ['a status more', "is 'normal'", "is 'normal'\nStatus: is 'unknown'"],
    ['an export of what was named before', '# Not exported, but named by what is\n', ''],
    ['taking back what it gives', 'interface Report', 'interface Report, given by users'],
  ])('%s', (_what, old, now) => {
    expect(before).toContain(old);
    expect(brokenLines(before, before.replace(old, now))).toEqual([]);
  });
});

describe('users are broken by', () => {
  it.each([
    ['an export less', 'class Monitor\n', '', ['gone: class Monitor']],
    [
      'another return value',
      'stop(): Promise<void>',
      'stop(): void',
      ['gone: Monitor: stop(): Promise<void>'],
    ],
    ['a status less', "Status: is 'normal'\n", '', ["gone: Status: is 'normal'"]],
    [
      'an option that is required',
      'interface Report',
      'Options: readonly age: number\ninterface Report',
      ['now required: Options: readonly age: number'],
    ],
    [
      'a method that stores of their own lack',
      'Store: load',
      'Store: close(): void\nStore: load',
      ['now required: Store: close(): void'],
    ],
  ])('%s', (_what, old, now, broken) => {
    expect(before).toContain(old);
    expect(brokenLines(before, before.replace(old, now))).toEqual(broken);
  });

  it('an entry less', () => {
    expect(brokenLines(before, '')).toHaveLength(11);
  });
});
