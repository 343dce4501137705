import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  MemoryStore,
  type AlertingSystemOptions,
  type AlertStore,
} from '../src/index.js';
import { VirtualClock } from '../src/testing.js';
import { recordingChannel } from './recording-channel.js';

const systems: AlertingSystem[] = [];

function setUp(options: Partial<AlertingSystemOptions> = {}) {
  const clock = new VirtualClock();
  const first = recordingChannel();
  const system = new AlertingSystem({ channels: [first.channel], clock, ...options });
  systems.push(system);
  return { clock, system, ...first };
}

const report = {
  modelName: 'gpt-x',
  status: 'anomaly_detected',
  anomalyScore: 0.71,
  anomalies: [
    {
      metric: 'inference_latency',
      currentValue: 900.123,
      baselineMean: 200,
      zScore: 5.2,
      severity: 'high',
    },
    { metric: 'error_rate', currentValue: 0.2, severity: 'medium' },
  ],
};

afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

describe('anomaly reports', () => {
  it('escalate at the third within an hour, and the escalated notification looks different', async () => {
    const { system, clock, deliveries } = setUp();
    const first = await system.processAnomalyAlert(report);
    expect(first).toMatchObject({ action: 'raised', opened: true, escalated: false });
    expect(await system.isRecurringAlert('model_anomaly_gpt-x')).toBe(false);
    await clock.advance(60_000);
    await system.processAnomalyAlert(report);
    await clock.advance(60_000);
    const third = await system.processAnomalyAlert(report);
    expect(third).toMatchObject({ action: 'raised', opened: false, escalated: true });
    await clock.advance(1);
    expect(await system.isRecurringAlert('model_anomaly_gpt-x')).toBe(true);
    const [initial, escalated] = deliveries.map(({ notifications: [n] }) => n);
    expect(initial).toMatchObject({
      kind: 'initial',
      alert: {
        key: 'model_anomaly_gpt-x',
        type: 'model_anomaly',
        severity: 'high',
        escalationLevel: 1,
        labels: { model: 'gpt-x' },
        source: { kind: 'report', name: 'gpt-x' },
        annotations: {
          summary: 'gpt-x: unusual inference_latency, error_rate',
          'metric.inference_latency': '900.1, usually 200, z 5.2',
        },
      },
    });
    expect(escalated).toMatchObject({
      kind: 'escalated',
      cause: { kind: 'recurrence' },
      alert: { type: 'model_performance_degradation', severity: 'critical', escalationLevel: 2 },
    });
    expect(deliveries).toHaveLength(2);
  });

  it('of any other status raise nothing', async () => {
    const { system } = setUp();
    for (const status of ['not_trained', 'insufficient_data', 'normal', 'no_data']) {
      expect(await system.processAnomalyAlert({ ...report, status })).toEqual({ action: 'none' });
    }
    expect((await system.active()).items).toEqual([]);
  });

  it('that are normal resolve after the minimum clear time, unless an anomaly comes between', async () => {
    const { system, clock, kinds } = setUp();
    const normal = { modelName: 'gpt-x', status: 'normal' };
    await system.processAnomalyAlert(report);
    expect(await system.processAnomalyAlert(normal)).toMatchObject({ action: 'clearing' });
    await clock.advance(4 * 60_000);
    await system.processAnomalyAlert(report);
    await clock.advance(4 * 60_000);
    expect((await system.alert('model_anomaly_gpt-x'))?.status).toBe('firing');
    await system.processAnomalyAlert(normal);
    await clock.advance(5 * 60_000);
    expect((await system.alert('model_anomaly_gpt-x'))?.status).toBe('resolved');
    expect(kinds()).toEqual(['initial', 'resolved']);
  });

  it('without a name of a model are refused', async () => {
    const { system } = setUp();
    await expect(system.processAnomalyAlert({ ...report, modelName: '' })).rejects.toThrow(
      'modelName',
    );
  });
});

describe('identity', () => {
  it('keeps services, environments and tenants apart that share a store', async () => {
    const store = new MemoryStore();
    const channels = [recordingChannel().channel];
    const one = new AlertingSystem({ channels, store, labels: { service: 'one' } });
    const two = new AlertingSystem({ channels, store, labels: { service: 'two' } });
    systems.push(one, two);
    await one.raise({ key: 'k' });
    await one.raise({ key: 'k', labels: { tenant: 't' } });
    await two.raise({ key: 'k', labels: { anything: 'else' } });
    await two.raise({ key: 'k' });
    expect((await one.active()).items.map(({ id }) => id)).toEqual([
      'k{service="two"}',
      'k{service="one",tenant="t"}',
      'k{service="one"}',
    ]);
    expect((await two.alert('k'))?.occurrences).toBe(2);
    expect((await two.alert({ id: 'k{service="one",tenant="t"}' }))?.labels).toEqual({
      service: 'one',
      tenant: 't',
    });
    expect((await one.alert({ key: 'k', labels: { tenant: 't' } }))?.occurrences).toBe(1);
  });
});

describe('people', () => {
  it('acknowledge, and every later step is cancelled', async () => {
    const second = recordingChannel('second');
    const first = recordingChannel();
    const { system, clock } = setUp({
      channels: [first.channel, second.channel],
      policies: {
        policies: [
          {
            name: 'steps',
            channels: ['first'],
            steps: [
              { after: '10m', channels: ['second'], repeatEvery: '5m' },
              { recurrence: { count: 2, within: '1h' }, channels: ['second'] },
            ],
          },
        ],
      },
    });
    await system.raise({ key: 'acked' });
    await system.raise({ key: 'ignored' });
    expect(await system.acknowledge('acked', { by: 'ann', note: 'on it' })).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: 'ann',
    });
    expect(await system.acknowledge('acked')).toBeNull();
    expect((await system.raise({ key: 'acked' })).escalated).toBe(false);
    await clock.advance(21 * 60_000);
    const of = (key: string) =>
      [...first.deliveries, ...second.deliveries].flatMap(({ notifications, channel }) =>
        notifications.filter(({ alert }) => alert.key === key).map((n) => `${channel} ${n.kind}`),
      );
    expect(of('acked')).toEqual(['first initial', 'first acknowledged']);
    expect(of('ignored')).toEqual([
      'first initial',
      'second escalated',
      'second reminder',
      'second reminder',
    ]);
    const explained = await system.explain('acked');
    expect(explained?.steps.map(({ name, state }) => [name, state])).toEqual([
      ['level-2', 'cancelled'],
      ['level-3', 'cancelled'],
    ]);
    expect((await system.explain('ignored'))?.steps).toMatchObject([
      { name: 'level-2', state: 'done', trigger: { kind: 'time', afterMillis: 600_000 } },
      { name: 'level-3', state: 'waiting', trigger: { kind: 'recurrence', count: 2 } },
    ]);
  });

  it('escalate by hand to the next step, once, and beyond the last by one level', async () => {
    const { system, deliveries, clock } = setUp();
    await system.processAnomalyAlert(report);
    const both = await Promise.all([
      system.escalateAlert('model_anomaly_gpt-x', { by: 'ann' }),
      system.escalateAlert('model_anomaly_gpt-x', { by: 'bob' }),
    ]);
    expect(both.filter((alert) => alert !== null)).toMatchObject([
      { escalationLevel: 2, severity: 'critical', type: 'model_performance_degradation' },
    ]);
    expect(await system.escalateAlert('model_anomaly_gpt-x')).toMatchObject({ escalationLevel: 3 });
    expect(await system.escalateAlert('nobody')).toBeNull();
    await clock.advance(1);
    expect(deliveries).toHaveLength(3);
  });

  it('resolve at once and see why in the history', async () => {
    const { system } = setUp();
    await system.raise({ key: 'k' });
    expect(await system.resolve('k', { by: 'ann', note: 'fixed', episode: 7 })).toBeNull();
    expect(await system.resolve('k', { by: 'ann', note: 'fixed' })).toMatchObject({
      status: 'resolved',
    });
    const { items } = await system.history('k');
    const resolved = items.find(({ event }) => event === 'resolved');
    expect(resolved?.cause).toEqual({ kind: 'user', by: 'ann', note: 'fixed' });
  });

  it('silence: pages are held back and come when the silence ends, if it still fires', async () => {
    const { system, clock, deliveries } = setUp();
    await system.silence({
      matchers: [{ label: 'team', op: '=~', value: 'a|b' }],
      durationMillis: 600_000,
      by: 'ann',
    });
    await system.raise({ key: 'on', labels: { team: 'a' } });
    await system.raise({ key: 'over', labels: { team: 'b' } });
    await system.raise({ key: 'loud', labels: { team: 'c' } });
    await clock.advance(300_000);
    await system.resolve('over');
    const keys = () =>
      deliveries.flatMap(({ notifications }) =>
        notifications.map(({ alert, kind }) => `${alert.key} ${kind}`),
      );
    await clock.advance(299_000);
    expect(keys()).toEqual(['loud initial']);
    expect((await system.explain('on'))?.suppressed).toMatchObject([
      { event: 'suppressed', cause: { kind: 'silence' } },
    ]);
    await clock.advance(2000);
    expect(keys()).toEqual(['loud initial', 'on initial']);
    expect((await system.stats()).undelivered).toBe(0);
  });

  it('silence one alert until it is resolved, whose end is told when its beginning was', async () => {
    const { system, clock, kinds } = setUp();
    await system.raise({ key: 'k' });
    await clock.advance(1);
    const { id } = await system.silence({ alert: 'k' });
    expect(await system.silences()).toMatchObject([{ id, endsAt: null, episode: 1 }]);
    await system.raise({ key: 'k' });
    await system.raise({ key: 'k' });
    await clock.advance(3_600_000);
    expect(kinds()).toEqual(['initial']);
    await system.resolve('k');
    await clock.advance(120_000);
    expect(kinds()).toEqual(['initial', 'resolved']);
    await system.raise({ key: 'k' });
    await clock.advance(1);
    expect(kinds()).toHaveLength(3);
  });

  it('take a silence back, and what it held back is sent', async () => {
    const { system, clock, kinds } = setUp();
    const { id } = await system.silence({
      matchers: [{ label: 'key', value: 'k' }],
      durationMillis: 86_400_000,
    });
    await system.raise({ key: 'k' });
    await clock.advance(5000);
    expect(kinds()).toEqual([]);
    expect(await system.unsilence(id)).toBe(true);
    await clock.advance(60_000);
    expect(kinds()).toEqual(['initial']);
  });

  it.each([
    [{}, 'needs an alert or at least one matcher'],
    [{ matchers: [{ label: 'x', value: 'y' }] }, 'needs durationMillis'],
    [{ matchers: [{ label: 'x', op: '=~' as const, value: '(' }] }, 'matchers[0].value'],
    [{ alert: 'unknown' }, 'no active alert unknown'],
    [{ alert: 'k', durationMillis: -1 }, 'got -1'],
  ])('get an error for a silence that makes no sense: %j', async (input, message) => {
    const { system } = setUp();
    await expect(system.silence(input)).rejects.toThrow(message);
  });
});

describe('raise', () => {
  it.each([
    [{ key: '' }, 'key must be text'],
    [{ key: 'x'.repeat(257) }, 'key must be text'],
    [{ key: 'k', severity: 'bad' as never }, 'severity must be one of low, medium, high, critical'],
    [{ key: 'k', labels: { a: 1 as never } }, 'labels.a must be text'],
    [{ key: 'k', labels: { tenant: 'x'.repeat(300) } }, 'labels.tenant'],
    [{ key: 'k', startsAt: new Date(NaN) }, 'startsAt'],
  ])('refuses %j and counts it', async (input, message) => {
    const { system } = setUp();
    await expect(system.raise(input)).rejects.toThrow(message);
    expect((await system.stats()).raiseFailures).toBe(1);
  });

  it('cuts long texts instead of refusing them', async () => {
    const { system } = setUp();
    const { alert } = await system.raise({ key: 'k', annotations: { summary: 'x'.repeat(9999) } });
    expect(alert!.annotations['summary']).toHaveLength(4096);
  });

  it('rejects with the error of a store that is down, and background work goes on', async () => {
    const memory = new MemoryStore();
    let down = true;
    const store = new Proxy<AlertStore>(memory, {
      get(target, name: keyof AlertStore) {
        const value = target[name];
        if (typeof value !== 'function') return value;
        if (down) return () => Promise.reject(new Error('connection refused'));
        return value.bind(target);
      },
    });
    const first = recordingChannel();
    const errors: string[] = [];
    const system = new AlertingSystem({
      channels: [first.channel],
      store,
      onError: (error) => {
        errors.push(error.message);
        throw new Error('a listener that fails');
      },
    });
    systems.push(system);
    await expect(system.raise({ key: 'k' })).rejects.toThrow('connection refused');
    expect(await system.stats()).toMatchObject({
      raiseFailures: 1,
      undelivered: null,
      store: null,
    });
    expect(await system.flush(50)).toEqual({ undelivered: null });
    expect(errors.length).toBeGreaterThan(0);
    down = false;
    await system.raise({ key: 'k' });
    expect(await system.flush(2000)).toEqual({ undelivered: 0 });
    expect(first.kinds()).toEqual(['initial']);
  });
});

describe('the delivery loop', () => {
  it('goes on after stop and start, and what was left is delivered then', async () => {
    const { system, kinds } = setUp({ clock: { now: Date.now } });
    await system.raise({ key: 'a' });
    await system.flush();
    await system.stop();
    await system.raise({ key: 'b' });
    expect(kinds()).toHaveLength(1);
    expect((await system.stats()).undelivered).toBe(1);
    system.start();
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(kinds()).toHaveLength(2);
  });

  it('gives back what is being sent when it stops, without counting an attempt', async () => {
    const store = new MemoryStore();
    const hanging = recordingChannel('first', () => new Promise(() => {}));
    const one = new AlertingSystem({ channels: [hanging.channel], store });
    await one.raise({ key: 'k' });
    await expect.poll(() => hanging.deliveries.length).toBe(1);
    const begun = performance.now();
    await one.stop(50);
    expect(performance.now() - begun).toBeLessThan(1000);
    const next = recordingChannel();
    const two = new AlertingSystem({ channels: [next.channel], store });
    systems.push(two);
    two.start();
    expect(await two.flush()).toEqual({ undelivered: 0 });
    expect(next.deliveries[0]?.id).toBe(hanging.deliveries[0]?.id);
    expect(next.deliveries[0]?.attempt).toBe(1);
  });

  it('delivers nothing and fires no timer before start when it must not start by itself', async () => {
    const { system, clock, kinds } = setUp({ autoStart: false });
    await system.raise({ key: 'k' });
    await clock.advance(1000);
    expect(kinds()).toEqual([]);
    system.start();
    await clock.advance(1);
    expect(kinds()).toEqual(['initial']);
  });

  it('leaves a channel that hangs after its time, and others are not held up', async () => {
    const hanging = recordingChannel('hangs', () => new Promise(() => {}));
    const first = recordingChannel();
    const { system, clock } = setUp({
      channels: [{ ...hanging.channel, timeoutMillis: 3000 }, first.channel],
    });
    await system.raise({ key: 'k' });
    await clock.advance(1);
    expect(first.kinds()).toEqual(['initial']);
    await clock.advance(10_000);
    const { items } = await system.history('k');
    expect(items.some(({ cause }) => cause.note === 'no answer within 3000 ms')).toBe(true);
    expect(hanging.deliveries.length).toBeGreaterThan(1);
    expect(new Set(hanging.deliveries.map(({ id }) => id)).size).toBe(1);
  });

  it('aborts a send whose lease is lost, and does not settle it', async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore({ clock });
    const signals: AbortSignal[] = [];
    const slow = recordingChannel('first', (_, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const system = new AlertingSystem({ channels: [slow.channel], store, clock });
    systems.push(system);
    await system.raise({ key: 'k' });
    await clock.advance(2500);
    expect(signals[0]?.aborted).toBe(false);
    // As after SIGSTOP: time has passed, and nobody renewed.
    clock.jump(1500);
    const channel = 'first';
    const stolen = await store.claim({
      channel,
      limit: 1,
      leaseMillis: 60_000,
      rate: null,
      silencesVersion: null,
    });
    expect(stolen.deliveries).toHaveLength(1);
    await clock.advance(400);
    expect(signals[0]?.aborted).toBe(true);
    expect((await system.stats()).channels['first']?.leasesLost).toBe(1);
    expect((await system.history('k')).items.map(({ event }) => event)).toEqual(['firing']);
  });

  it('gives up what is too old, records and counts it', async () => {
    const failing = recordingChannel('first', () => Promise.reject(new Error('nope')));
    const { system, clock } = setUp({
      channels: [failing.channel],
      retry: { minMillis: 1000, maxMillis: 10_000, giveUpAfterMillis: 60_000 },
    });
    await system.raise({ key: 'k' });
    await clock.advance(120_000);
    const stats = await system.stats();
    expect(stats.channels['first']).toMatchObject({ abandoned: 1, delivered: 0 });
    expect(stats.undelivered).toBe(0);
    const { items } = await system.history('k');
    expect(items[0]).toMatchObject({ event: 'abandoned', cause: { note: 'nope' } });
    expect(items.filter(({ event }) => event === 'failed').length).toBe(
      failing.deliveries.length - 1,
    );
  });

  it('simulates a month with 10 000 alerts, each delivered once', async () => {
    const { system, clock, deliveries } = setUp({
      policies: { policies: [{ name: 'p', channels: ['first'], notifyResolved: false }] },
    });
    const alerts = 10_000;
    for (let index = 0; index < alerts; index += 1) {
      await system.raise({ key: `k${index}` });
      if (index % 10 === 9) await clock.advance((30 * 86_400_000) / (alerts / 10));
    }
    await clock.advance(86_400_000);
    expect(deliveries).toHaveLength(alerts);
    expect(new Set(deliveries.map(({ id }) => id)).size).toBe(alerts);
    expect((await system.stats()).store?.active).toBe(0);
  });
});

describe('configuration that cannot work', () => {
  const { channel } = recordingChannel();
  it.each<[string, object]>([
    ['channels: must be an array', {}],
    ['channels[1].name: is used twice, got "first"', { channels: [channel, channel] }],
    ['channels[0].concurrency: ', { channels: [{ ...channel, concurrency: 0 }] }],
    ['leaseMillis: must be a number from 100 to 1000, got 2000', { leaseMillis: 2000 }],
    ['pollIntervalMillis: ', { pollIntervalMillis: -1 }],
    ['recurrence.count: ', { recurrence: { count: 0 } }],
    ['recurrence.within: must be a duration', { recurrence: { within: 'soon' } }],
    ['recurrence.of: must be', { recurrence: { of: 'page' } }],
    ['recurrence.window: unknown key', { recurrence: { window: 1 } }],
    ['retry.maxMillis: ', { retry: { minMillis: 10, maxMillis: 5 } }],
    ['labels: labels.service must be text', { labels: { service: 7 } }],
    ['chanels: unknown key', { channels: [channel], chanels: [] }],
    [
      'policies[0].channels[0]: unknown channel (known: first), got "pager"',
      { policies: { policies: [{ name: 'p', channels: ['pager'] }] } },
    ],
  ])('is refused at construction: %s', (message, options) => {
    const all = message.startsWith('channels: ') ? options : { channels: [channel], ...options };
    const make = () => new AlertingSystem(all as AlertingSystemOptions);
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
  });
});
