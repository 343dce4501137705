import { describe, expect, it } from 'vitest';
import { AlertingSystem, AlertingConfigError } from '../../src/index.js';
import { checkMatchers, matches } from '../../src/noise/silence.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';

const subject = {
  key: 'model_x',
  type: 'disk',
  severity: 'high',
  labels: { team: 'ml', key2: '' },
} as const;

describe('matchers', () => {
  it.each([
    [[], true],
    [[{ label: 'team', value: 'ml' }], true],
    [[{ label: 'team', op: '!=', value: 'ml' }], false],
    [[{ label: 'team', op: '=~', value: 'm.' }], true],
    [[{ label: 'team', op: '=~', value: 'm' }], false],
    [[{ label: 'team', op: '!~', value: 'm' }], true],
    [[{ label: 'missing', value: '' }], true],
    [[{ label: 'missing', op: '!=', value: 'x' }], true],
    [[{ label: 'constructor', value: '' }], true],
    [
      [
        { label: 'key', op: '=~', value: 'model_.*' },
        { label: 'severity', value: 'high' },
      ],
      true,
    ],
    [
      [
        { label: 'key', op: '=~', value: 'model_.*' },
        { label: 'severity', value: 'low' },
      ],
      false,
    ],
  ] as const)('%j: %s', (matchers, expected) => {
    expect(matches(matchers, subject)).toBe(expected);
  });

  it.each([
    [[{ label: '', value: 'x' }], 'matchers[0].label'],
    [[{ label: 'a', value: 1 }], 'matchers[0].value'],
    [
      [
        { label: 'a', value: 'b' },
        { label: 'a', op: '~', value: 'b' },
      ],
      'matchers[1].op',
    ],
    [[{ label: 'a', op: '=~', value: '[' }], 'matchers[0].value: must be a regular expression'],
    ['x', 'matchers: must be an array'],
  ])('that cannot work are refused: %j', (matchers, message) => {
    expect(() => checkMatchers(matchers as never)).toThrow(AlertingConfigError);
    expect(() => checkMatchers(matchers as never)).toThrow(message);
  });
});

describe('a silence over a part of a group', () => {
  it('sends the rest now and the part when it ends', async () => {
    const clock = new VirtualClock();
    const first = recordingChannel();
    const system = new AlertingSystem({
      channels: [first.channel],
      clock,
      policies: { policies: [{ name: 'g', channels: ['first'], groupBy: ['type'] }] },
    });
    await system.silence({ matchers: [{ label: 'key', value: 'b' }], durationMillis: 30_000 });
    for (const key of ['a', 'b', 'c']) await system.raise({ key });
    const keys = () =>
      first.deliveries.map(({ notifications }) => notifications.map(({ alert }) => alert.key));
    await clock.advance(4999);
    expect(keys()).toEqual([]);
    await clock.advance(2);
    expect(keys()).toEqual([['a', 'c']]);
    await clock.advance(30_000);
    expect(keys()).toEqual([['a', 'c'], ['b']]);
    expect((await system.stats()).undelivered).toBe(0);
    await system.stop(0);
  });
});
