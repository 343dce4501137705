import { afterEach, describe, expect, it } from 'vitest';
import { AlertingSystem } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { breakableStore } from '../breakable-store.js';
import { recordingChannel } from '../recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

describe('health', () => {
  it('names a channel that has delivered nothing for five minutes, until it delivers', async () => {
    const clock = new VirtualClock();
    let refuses = true;
    const { channel } = recordingChannel('pager', () => {
      if (refuses) throw new Error('refused');
    });
    const system = new AlertingSystem({ channels: [channel], clock });
    systems.push(system);
    expect(await system.health()).toEqual({ healthy: true, problems: [] });
    await system.raise({ key: 'a' });
    await clock.advance(4 * 60_000);
    expect((await system.health()).healthy).toBe(true);
    await clock.advance(2 * 60_000);
    expect(await system.health()).toEqual({
      healthy: false,
      problems: [expect.stringMatching(/^channel pager has delivered nothing for [56]m/)],
    });
    refuses = false;
    await clock.advance(2 * 60_000);
    expect(await system.health()).toEqual({ healthy: true, problems: [] });
  });

  it('says so when the store does not answer in time', async () => {
    const clock = new VirtualClock();
    const { store, memory } = breakableStore({ clock });
    memory.occurrences = () => new Promise(() => undefined);
    const system = new AlertingSystem({ channels: [], store, clock });
    systems.push(system);
    const asked = system.health();
    await clock.advance(5000);
    expect(await asked).toEqual({
      healthy: false,
      problems: ['the store cannot be reached (no answer within 5000 ms)'],
    });
  });
});
