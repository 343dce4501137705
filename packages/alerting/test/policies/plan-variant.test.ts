import { afterEach, describe, expect, it } from 'vitest';
import { AlertingSystem } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function setUp() {
  const clock = new VirtualClock();
  const { channel, kinds } = recordingChannel();
  const alerting = new AlertingSystem({ channels: [channel], clock });
  cleanups.push(() => alerting.stop(10));
  return { clock, kinds, alerting };
}

describe('a raise', () => {
  it('can say when its alert expires unless it is raised again', async () => {
    const { clock, kinds, alerting } = setUp();
    const raise = () =>
      alerting.raise({ key: 'k', expireAfterMillis: 60_000, occurrence: 'episode' });
    await raise();
    await clock.advance(50_000);
    await raise();
    await clock.advance(50_000);
    expect(kinds()).toEqual(['initial']);
    await clock.advance(10_000);
    expect(kinds()).toEqual(['initial', 'resolved']);
  });

  it('can say that only openings are occurrences', async () => {
    const { clock, kinds, alerting } = setUp();
    for (let index = 0; index < 5; index += 1) {
      await alerting.raise({ key: 'k', occurrence: 'episode' });
    }
    await clock.advance(0);
    expect(kinds()).toEqual(['initial']);
    expect(await alerting.isRecurringAlert('k')).toBe(false);
  });

  it.each([
    [{ expireAfterMillis: 0 }, 'expireAfterMillis must be a positive number, got 0'],
    [{ expireAfterMillis: Infinity }, 'expireAfterMillis must be a positive number'],
    [{ occurrence: 'often' as 'report' }, 'occurrence must be report or episode, got "often"'],
    [{ startsAt: 1e17 }, 'startsAt must be a valid Date'],
  ])('that makes no sense is refused: %j', async (input, message) => {
    const { alerting } = setUp();
    await expect(alerting.raise({ key: 'k', ...input })).rejects.toThrow(message);
  });
});

describe('clear', () => {
  it('resolves after the minimum clear time, unless the alert is raised again before', async () => {
    const { clock, kinds, alerting } = setUp();
    await alerting.raise({ key: 'k' });
    expect(await alerting.clear('k', { by: 'probe' })).toMatchObject({ status: 'firing' });
    expect(await alerting.clear('k')).toBeNull();
    await clock.advance(200_000);
    await alerting.raise({ key: 'k' });
    await clock.advance(300_000);
    expect(kinds()).toEqual(['initial']);
    await alerting.clear('k', { by: 'probe', episode: 2 });
    await alerting.clear('k', { by: 'probe', episode: 1 });
    await clock.advance(300_000);
    expect(kinds()).toEqual(['initial', 'resolved']);
    const { items } = await alerting.history('k');
    expect(items.find(({ event }) => event === 'clearing')?.cause).toEqual({
      kind: 'clear',
      by: 'probe',
    });
  });
});
