import { afterEach, describe, expect, it } from 'vitest';
import { AlertingSystem, MemoryStore, type Inhibition } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { breakableStore } from '../breakable-store.js';
import { recordingChannel } from '../recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

const database: Inhibition = {
  name: 'database',
  source: [{ label: 'type', value: 'database' }],
  target: [{ label: 'severity', op: '!=', value: 'critical' }],
  equal: ['zone'],
};

function setUp(inhibitions: readonly Inhibition[] = [database]) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const recorder = recordingChannel();
  const policies = {
    policies: [{ name: 'all', channels: ['first'], minClear: 0, repeatEvery: '5m' }],
    inhibitions,
  };
  const system = new AlertingSystem({ channels: [recorder.channel], clock, store, policies });
  systems.push(system);
  const told = () =>
    recorder.deliveries.flatMap(({ notifications }) =>
      notifications.map(({ kind, alert }) => `${kind} ${alert.key}`),
    );
  const raise = (key: string, type: string, zone: string) =>
    system.raise({ key, type, labels: { zone } });
  return { clock, store, system, told, raise };
}

describe('an inhibition', () => {
  it('holds back the page of a matching alert while its source is active, and says why', async () => {
    const { clock, system, told, raise } = setUp();
    await raise('db', 'database', 'a');
    await raise('api', 'latency', 'a');
    await raise('far', 'latency', 'b');
    await clock.advance(1000);
    expect(told().sort()).toEqual(['initial db', 'initial far']);
    const { items } = await system.history('api');
    expect(items[0]).toMatchObject({
      event: 'suppressed',
      cause: { kind: 'inhibition', by: 'db', note: 'database: db is firing' },
    });
    expect(await system.explain('api')).toMatchObject({
      heldBackBy: { kind: 'inhibition', by: 'db' },
      suppressed: [{ event: 'suppressed' }],
    });
    expect((await system.explain('far'))?.heldBackBy).toBeNull();
  });

  it('lets the page go when its source is resolved, if the alert still fires', async () => {
    const { clock, system, told, raise } = setUp();
    await raise('db', 'database', 'a');
    await raise('api', 'latency', 'a');
    await raise('gone', 'latency', 'a');
    await clock.advance(1000);
    await system.resolve('gone');
    await system.resolve('db');
    await clock.advance(61_000);
    expect(told()).toEqual(['initial db', 'resolved db', 'initial api']);
    const { items } = await system.history('gone');
    expect(items[0]).toMatchObject({ event: 'suppressed', cause: { kind: 'stale' } });
  });

  it('goes on while its source is acknowledged, drops reminders, and tells the end of what was told', async () => {
    const { clock, system, told, raise } = setUp();
    await raise('api', 'latency', 'a');
    await clock.advance(1000);
    await raise('db', 'database', 'a');
    await system.acknowledge('db');
    await clock.advance(11 * 60_000);
    expect(told()).toEqual(['initial api', 'initial db', 'acknowledged db']);
    await system.resolve('api');
    await clock.advance(1000);
    expect(told().at(-1)).toBe('resolved api');
  });

  it('does not let two alerts that are both source and target hold each other back', async () => {
    const { clock, told, raise } = setUp([{ ...database, target: database.source }]);
    await raise('db1', 'database', 'a');
    await raise('db2', 'database', 'a');
    await clock.advance(1000);
    expect(told()).toEqual(['initial db1', 'initial db2']);
  });

  it('asks a store that is down again, and loses nothing', async () => {
    const { store, down } = breakableStore();
    const recorder = recordingChannel();
    const system = new AlertingSystem({
      channels: [recorder.channel],
      store,
      policies: { policies: [], inhibitions: [database] },
      leaseMillis: 100,
    });
    systems.push(system);
    await system.raise({ key: 'api', type: 'latency' });
    down(true);
    await system.flush(50);
    down(false);
    await expect.poll(() => recorder.kinds()).toEqual(['initial']);
  });
});
