import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  loadEscalationPolicies,
  type EscalationPolicies,
} from '../src/index.js';

const good: EscalationPolicies = {
  policies: [
    {
      name: 'pages',
      match: { key: 'model_*', severity: ['high', 'critical'], labels: { environment: 'prod' } },
      channels: ['chat'],
      repeatEvery: '30m',
      maxRepeats: 3,
      steps: [
        { recurrence: { count: 3, within: '1h' }, channels: ['pager'], severity: 'critical' },
        { after: '15m', channels: ['pager'], repeatEvery: '10m' },
      ],
      continueWith: 'management',
    },
    { name: 'management', steps: [{ after: '1h', channels: ['chat'] }] },
  ],
};

describe('loadEscalationPolicies', () => {
  it('takes an object, JSON text, a path and a file URL', () => {
    const folder = mkdtempSync(join(tmpdir(), 'policies-'));
    try {
      const path = join(folder, 'policies.json');
      writeFileSync(path, JSON.stringify(good));
      const sources = [good, JSON.stringify(good), path, pathToFileURL(path)];
      for (const source of sources) {
        expect(loadEscalationPolicies(source, { channels: ['chat', 'pager'] })).toEqual(good);
      }
      expect(loadEscalationPolicies(good)).not.toBe(good);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each<[string, unknown]>([
    ['polices: unknown key (known: policies)', { polices: [] }],
    ['policies: must be an array, got "x"', { policies: 'x' }],
    ['policies[0]: must be an object, got 7', { policies: [7] }],
    ['policies[0].name: must be text', { policies: [{}] }],
    ['policies[1].name: is used twice, got "a"', { policies: [{ name: 'a' }, { name: 'a' }] }],
    ['policies[0].chanels: unknown key', { policies: [{ name: 'a', chanels: [] }] }],
    [
      'policies[0].channels[1]: unknown channel (known: chat), got "pager"',
      { policies: [{ name: 'a', channels: ['chat', 'pager'] }] },
    ],
    [
      'policies[0].steps[0].channels[0]: unknown channel',
      { policies: [{ name: 'a', steps: [{ after: 1, channels: ['x'] }] }] },
    ],
    [
      'policies[0].steps[0].after: must not be negative, got "-5m"',
      { policies: [{ name: 'a', steps: [{ after: '-5m', channels: [] }] }] },
    ],
    [
      'policies[0].steps[0].after: must not be negative, got -1',
      { policies: [{ name: 'a', steps: [{ after: -1, channels: [] }] }] },
    ],
    [
      'policies[0].steps[0].after: must be a duration',
      { policies: [{ name: 'a', steps: [{ after: 'soon', channels: [] }] }] },
    ],
    [
      'policies[0].steps[0]: must have either "recurrence" or "after"',
      { policies: [{ name: 'a', steps: [{ channels: [] }] }] },
    ],
    [
      'policies[0].steps[0].recurrence.count: must be a whole number from 1 to 1000, got 0',
      {
        policies: [
          { name: 'a', steps: [{ recurrence: { count: 0, within: '1h' }, channels: [] }] },
        ],
      },
    ],
    [
      'policies[0].steps[0].recurrence.withn: unknown key',
      { policies: [{ name: 'a', steps: [{ recurrence: { count: 1, withn: 1 }, channels: [] }] }] },
    ],
    [
      'policies[0].steps[0].level: ',
      { policies: [{ name: 'a', steps: [{ after: 1, level: 1, channels: [] }] }] },
    ],
    [
      'policies[0].steps[0].severity: must be one of low, medium, high, critical, got "bad"',
      { policies: [{ name: 'a', steps: [{ after: 1, severity: 'bad', channels: [] }] }] },
    ],
    [
      'policies[0].match.severity[0]: must be one of',
      { policies: [{ name: 'a', match: { severity: ['worst'] } }] },
    ],
    ['policies[0].match.label: unknown key', { policies: [{ name: 'a', match: { label: {} } }] }],
    ['policies[0].match.labels.a: ', { policies: [{ name: 'a', match: { labels: { a: 1 } } }] }],
    [
      'policies[0].repeatEvery: must be at least 1000',
      { policies: [{ name: 'a', repeatEvery: 1 }] },
    ],
    ['policies[0].maxRepeats: needs "repeatEvery"', { policies: [{ name: 'a', maxRepeats: 1 }] }],
    ['policies[0].occurrence: ', { policies: [{ name: 'a', occurrence: 'page' }] }],
    ['policies[0].minClear: must not be negative', { policies: [{ name: 'a', minClear: '-1s' }] }],
    [
      'policies[0].flapping.episodes: must be a whole number from 2 to 1000, got 1',
      { policies: [{ name: 'a', flapping: { episodes: 1, within: '1h', minClear: '1h' } }] },
    ],
    [
      'policies[0].flapping.minClear: ',
      { policies: [{ name: 'a', flapping: { episodes: 2, within: '1h' } }] },
    ],
    ['policies[0].expireAfter: ', { policies: [{ name: 'a', expireAfter: true }] }],
    ['policies[0].notifyResolved: ', { policies: [{ name: 'a', notifyResolved: 'yes' }] }],
    ['policies[0].groupBy[0]: ', { policies: [{ name: 'a', groupBy: [1] }] }],
    [
      'policies[0].continueWith: unknown policy, got "b"',
      { policies: [{ name: 'a', continueWith: 'b' }] },
    ],
    [
      'policies[0].continueWith: is a cycle (a → a), got "a"',
      { policies: [{ name: 'a', continueWith: 'a' }] },
    ],
    [
      'policies[2].continueWith: is a cycle (a → b → c → b), got "b"',
      {
        policies: [
          { name: 'a', continueWith: 'b' },
          { name: 'b', continueWith: 'c' },
          { name: 'c', continueWith: 'b' },
        ],
      },
    ],
  ])('refuses with path and value: %s', (message, data) => {
    const load = () => loadEscalationPolicies(JSON.stringify(data), { channels: ['chat'] });
    expect(load).toThrow(AlertingConfigError);
    expect(load).toThrow(message);
  });

  it('names the file that is missing, and says when text is not JSON', () => {
    expect(() => loadEscalationPolicies('no/such/file.json')).toThrow(
      /^no\/such\/file\.json: cannot be read/,
    );
    expect(() => loadEscalationPolicies('{"policies": [')).toThrow(/^policies: is not JSON/);
  });
});
