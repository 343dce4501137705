import { afterEach, expect, it } from 'vitest';
import { AlertingSystem } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { breakableStore } from '../breakable-store.js';
import { recordingChannel } from '../recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

it('what was sent while the store was away is settled before anybody takes it for left behind', async () => {
  const clock = new VirtualClock();
  const { store, memory, down } = breakableStore({ clock }, true);
  // One receiver, told by either replica; it takes a while.
  const { channel, deliveries } = recordingChannel(
    'first',
    () => new Promise((resolve) => clock.schedule(resolve, 300)),
  );
  for (let replica = 0; replica < 3; replica += 1) {
    const system = new AlertingSystem({ channels: [channel], store, clock });
    systems.push(system);
    system.start();
  }
  await clock.advance(1000);
  for (let outage = 1; outage <= 10; outage += 1) {
    await systems[outage % 3]!.raise({ key: `k${outage}` });
    await clock.advance(100 + outage * 10);
    down(true);
    await clock.advance(4000 + outage * 77);
    down(false);
    await clock.advance(5000);
    expect((await memory.stats()).pending).toEqual({});
  }
  expect(deliveries.map(({ notifications: [n] }) => n!.alert.key)).toEqual(
    Array.from({ length: 10 }, (_, index) => `k${index + 1}`),
  );
});
