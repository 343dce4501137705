import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  MemoryStore,
  type AbsenceOptions,
} from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { breakableStore } from '../breakable-store.js';
import { recordingChannel } from '../recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

const minute = 60_000;

function replica(
  store: MemoryStore,
  clock: VirtualClock,
  absence: AbsenceOptions,
  recorder = recordingChannel(),
) {
  const system = new AlertingSystem({
    channels: [recorder.channel],
    store,
    clock,
    absence,
    labels: { service: 's' },
  });
  systems.push(system);
  return { system, ...recorder };
}

describe('a replica', () => {
  it('that ends without stopping is missed by the others, and resolved when it is there again', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const survivor = replica(store, clock, { replica: 'pod-1' });
    survivor.system.start();
    await clock.advance(1000);
    // The one that dies says once that it is there, and never again.
    const dying = new VirtualClock(clock.now());
    const dead = replica(store, dying, { replica: 'pod-2' });
    dead.system.start();
    await dying.advance(1);
    await clock.advance(59_000);
    expect(survivor.kinds()).toEqual([]);
    await clock.advance(2000);
    const [missed] = survivor.deliveries[0]!.notifications;
    expect(missed?.alert).toMatchObject({
      key: 'replica_absent_pod-2',
      type: 'replica_absent',
      severity: 'high',
      labels: { service: 's' },
      annotations: { summary: 'nothing heard of replica pod-2 for 1m' },
    });
    const again = replica(store, clock, { replica: 'pod-2' });
    again.system.start();
    await clock.advance(1000);
    expect((await again.system.alert('replica_absent_pod-2'))?.status).toBe('resolved');
    expect((await again.system.active()).items).toEqual([]);
  });

  it('that stops in an orderly way is not missed', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const leaving = replica(store, clock, { replica: 'pod-1', replicaAfter: '10s' });
    const staying = replica(store, clock, { replica: 'pod-2', replicaAfter: '10s' });
    leaving.system.start();
    staying.system.start();
    await clock.advance(5000);
    await leaving.system.stop(0);
    await clock.advance(10 * minute);
    expect(staying.kinds()).toEqual([]);
  });

  it('is not missed because the store was away', async () => {
    const clock = new VirtualClock();
    const { store, memory, down } = breakableStore({ clock });
    const options = { replica: 'pod-1', replicaAfter: '20s' } as const;
    const recorder = recordingChannel();
    const others = ['pod-2', 'pod-3'].map((name) => ({ ...options, replica: name }));
    for (const absence of [options, ...others]) {
      const system = new AlertingSystem({ channels: [recorder.channel], store, clock, absence });
      systems.push(system);
      system.start();
    }
    await clock.advance(minute);
    down(true);
    await clock.advance(5 * minute);
    down(false);
    await clock.advance(5 * minute);
    expect(recorder.kinds()).toEqual([]);
    expect((await memory.stats()).alerts).toBe(0);
  });
});

describe('a monitor', () => {
  it('that falls silent is missed, and resolved by its next report', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const { system, kinds, deliveries } = replica(store, clock, { monitorAfter: '10m' });
    for (let round = 0; round < 30; round += 1) {
      await system.processAnomalyAlert({ modelName: 'gpt-x', status: 'normal' });
      await clock.advance(minute);
    }
    expect(kinds()).toEqual([]);
    await clock.advance(10 * minute);
    expect(deliveries[0]?.notifications[0]?.alert).toMatchObject({
      key: 'monitor_absent_gpt-x',
      annotations: { summary: 'no report on gpt-x for 10m' },
    });
    await system.processAnomalyAlert({ modelName: 'gpt-x', status: 'not_trained' });
    await clock.advance(1);
    expect(kinds()).toEqual(['initial', 'resolved']);
  });

  it('that is forgotten is not missed', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const { system, kinds } = replica(store, clock, { monitorAfter: '10m' });
    await system.processAnomalyAlert({ modelName: 'old', status: 'normal' });
    expect(await system.forgetMonitor('old')).toBe(true);
    expect(await system.forgetMonitor('old')).toBe(false);
    await clock.advance(60 * minute);
    expect(kinds()).toEqual([]);
  });
});

it.each<[unknown, string]>([
  [{ replica: '' }, 'absence.replica: must be a name'],
  [
    { replica: 'a b' },
    'absence.replica: must be a name of 1 to 200 characters without spaces, got "a b"',
  ],
  [{ replica: 'a', replicaAfter: '10ms' }, 'absence.replicaAfter: must be at least 1000'],
  [{ monitorAfter: 'soon' }, 'absence.monitorAfter: must be a duration'],
  [{ monitor: '1m' }, 'absence.monitor: unknown key'],
])('refuses %j', (absence, message) => {
  const make = () => new AlertingSystem({ channels: [], absence: absence as AbsenceOptions });
  expect(make).toThrow(AlertingConfigError);
  expect(make).toThrow(message);
});
