import { afterEach, describe, expect, it } from 'vitest';
import { AlertingConfigError, AlertingSystem, type RaiseQueueOptions } from '../src/index.js';
import { VirtualClock } from '../src/testing.js';
import { breakableStore } from './breakable-store.js';
import { recordingChannel } from './recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

function setUp(localQueue?: RaiseQueueOptions, maxAlerts = 100) {
  const clock = new VirtualClock();
  const { store, memory, down } = breakableStore({ clock, maxAlerts });
  const recorder = recordingChannel();
  const errors: string[] = [];
  const system = new AlertingSystem({
    channels: [recorder.channel],
    store,
    clock,
    ...(localQueue === undefined ? {} : { localQueue }),
    onError: ({ message }) => errors.push(message),
  });
  systems.push(system);
  return { clock, system, memory, down, errors, ...recorder };
}

describe('a raise while the store is down', () => {
  it('rejects with the store’s error by default', async () => {
    const { system, down } = setUp();
    down(true);
    await expect(system.raise({ key: 'a' })).rejects.toThrow('connection refused');
    expect(await system.stats()).toMatchObject({ raiseFailures: 1, localQueue: null });
  });

  it('waits in the local queue if so configured, and is stored when the store is back', async () => {
    const { clock, system, down, kinds } = setUp({});
    down(true);
    const raisedAt = clock.now();
    expect(await system.raise({ key: 'a' })).toEqual({
      alert: null,
      queued: true,
      opened: false,
      escalated: false,
      duplicate: false,
    });
    await system.raise({ key: 'a' });
    await system.raise({ key: 'a' });
    expect((await system.stats()).localQueue).toEqual({ waiting: 3, drained: 0, lost: 0 });
    expect(await system.health()).toEqual({
      healthy: false,
      problems: ['the store cannot be reached (connection refused)', '3 raises wait for the store'],
    });
    await clock.advance(60_000);
    down(false);
    await clock.advance(5000);
    expect(await system.alert('a')).toMatchObject({
      occurrences: 3,
      escalationLevel: 2,
      startsAt: raisedAt,
    });
    expect(kinds()).toEqual(['initial', 'escalated']);
    expect((await system.stats()).localQueue).toEqual({ waiting: 0, drained: 3, lost: 0 });
    expect(await system.health()).toEqual({ healthy: true, problems: [] });
  });

  it('that was stored although its answer was lost is counted once', async () => {
    const { clock, system, memory } = setUp({});
    const raise = memory.raise.bind(memory);
    let answersLost = 1;
    memory.raise = async (command) => {
      const outcome = await raise(command);
      if (answersLost-- > 0) throw new Error('connection reset');
      return outcome;
    };
    expect(await system.raise({ key: 'a' })).toMatchObject({ queued: true });
    await clock.advance(5000);
    expect(await system.alert('a')).toMatchObject({ occurrences: 1 });
  });

  it('is rejected when the local queue is full, by name, and nothing is lost in silence', async () => {
    const { clock, system, down, errors } = setUp({ maxRaises: 2 });
    down(true);
    await system.raise({ key: 'a' });
    await system.raise({ key: 'b' });
    await expect(system.raise({ key: 'c' })).rejects.toThrow(
      'c: the store cannot be reached, and 2 raises wait for it already (localQueue.maxRaises)',
    );
    await Promise.all([system.stop(1000), clock.advance(2000)]);
    expect(errors.at(-1)).toBe('2 raises waited for the store and are lost: a, b');
    expect((await system.stats()).localQueue).toEqual({ waiting: 0, drained: 0, lost: 2 });
  });

  it('keeps its place: what comes later waits behind it although the store is back', async () => {
    const { clock, system, down, deliveries } = setUp({});
    down(true);
    await system.raise({ key: 'a', severity: 'low' });
    down(false);
    expect(await system.raise({ key: 'b' })).toMatchObject({ queued: true });
    await system.flush(0);
    await clock.advance(5000);
    expect(deliveries.map(({ notifications: [n] }) => n?.alert.key)).toEqual(['a', 'b']);
    expect(await system.raise({ key: 'c' })).toMatchObject({ queued: false });
  });

  it('that the store has no room for is rejected, and is lost and told when it had waited', async () => {
    const { clock, system, down, errors } = setUp({}, 1);
    await system.raise({ key: 'a' });
    await expect(system.raise({ key: 'b' })).rejects.toThrow('no room');
    down(true);
    await system.raise({ key: 'c' });
    down(false);
    await clock.advance(5000);
    expect((await system.stats()).localQueue).toEqual({ waiting: 0, drained: 0, lost: 1 });
    expect(errors.some((message) => message.startsWith('no room'))).toBe(true);
  });

  it('is not queued when it makes no sense', async () => {
    const { system, down } = setUp({});
    down(true);
    await expect(system.raise({ key: '' })).rejects.toThrow(TypeError);
    expect((await system.stats()).localQueue?.waiting).toBe(0);
  });
});

it.each<[unknown, string]>([
  [{ maxRaises: 0 }, 'localQueue.maxRaises: must be a whole number from 1 to 1000000, got 0'],
  [{ size: 1 }, 'localQueue.size: unknown key'],
  [true, 'localQueue: must be an object'],
])('refuses %j', (localQueue, message) => {
  const make = () =>
    new AlertingSystem({ channels: [], localQueue: localQueue as RaiseQueueOptions });
  expect(make).toThrow(AlertingConfigError);
  expect(make).toThrow(message);
});
