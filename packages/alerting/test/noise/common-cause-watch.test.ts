import { afterEach, describe, expect, it } from 'vitest';
import { AlertingSystem, MemoryStore, type CommonCause } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';

const systems: AlertingSystem[] = [];
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop(0)));
});

const rule: CommonCause = {
  name: 'models',
  match: { key: 'model_anomaly_*' },
  by: ['provider'],
  count: 3,
  within: '2m',
};

function setUp(changes: Partial<CommonCause> = {}, replicas = 1) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const recorder = recordingChannel();
  const all = Array.from({ length: replicas }, () => {
    const system = new AlertingSystem({
      channels: [recorder.channel],
      clock,
      store,
      labels: { service: 's' },
      policies: {
        policies: [{ name: 'all', channels: ['first'], minClear: '1m' }],
        commonCauses: [{ ...rule, ...changes }],
      },
    });
    systems.push(system);
    return system;
  });
  const [system] = all as [AlertingSystem, ...AlertingSystem[]];
  const told = () =>
    recorder.deliveries.flatMap(({ notifications }) =>
      notifications.map(({ kind, alert }) => `${kind} ${alert.key}`),
    );
  const report = (modelName: string, status = 'anomaly_detected', provider = 'p') => ({
    modelName,
    status,
    labels: { provider },
  });
  return { clock, store, system, all, told, report, ...recorder };
}

describe('a common cause', () => {
  it('makes one page of many alerts that open together, which names them', async () => {
    const { clock, system, told, report, deliveries } = setUp();
    for (const model of ['a', 'b', 'c', 'd']) await system.processAnomalyAlert(report(model));
    await clock.advance(10_000);
    expect(told()).toEqual(['initial common_cause_models_p']);
    expect(deliveries[0]?.notifications[0]?.alert).toMatchObject({
      id: 'common_cause_models_p{service="s"}',
      severity: 'critical',
      type: 'common_cause',
      labels: { common_cause: 'models', provider: 'p', service: 's' },
      annotations: {
        summary: '3 alerts within 2m: model_anomaly_c, model_anomaly_b, model_anomaly_a',
      },
    });
    const ref = { key: 'model_anomaly_a' };
    expect(await system.explain(ref)).toMatchObject({
      heldBackBy: { kind: 'inhibition', by: 'common_cause_models_p{service="s"}' },
    });
  });

  it('pages once although replicas see it at the same time', async () => {
    const { clock, all, told, report } = setUp({}, 3);
    await Promise.all(
      all.flatMap((system, replica) =>
        [0, 1, 2, 3].map((model) => system.processAnomalyAlert(report(`m${replica}-${model}`))),
      ),
    );
    await clock.advance(10_000);
    expect(told()).toEqual(['initial common_cause_models_p']);
  });

  it('leaves alone what is alone, once it has waited for company', async () => {
    const { clock, system, told, report } = setUp();
    await system.processAnomalyAlert(report('a'));
    await system.processAnomalyAlert(report('b', 'anomaly_detected', 'other'));
    await system.raise({ key: 'disk_full' });
    await clock.advance(1000);
    expect(told()).toEqual(['initial disk_full']);
    await clock.advance(4001);
    expect(told().slice(1).sort()).toEqual(['initial model_anomaly_a', 'initial model_anomaly_b']);
    const { items } = await system.history('model_anomaly_a');
    expect(items.map(({ event, delivery }) => `${event} ${delivery?.attempt ?? ''}`)).toEqual([
      'delivered 1',
      'firing ',
    ]);
  });

  it('does not count what opened too long ago', async () => {
    const { clock, system, told, report } = setUp();
    await system.processAnomalyAlert(report('a'));
    await system.processAnomalyAlert(report('b'));
    await clock.advance(121_000);
    await system.processAnomalyAlert(report('c'));
    await clock.advance(10_000);
    expect(told()).not.toContain('initial common_cause_models_p');
    await system.processAnomalyAlert(report('d'));
    await system.processAnomalyAlert(report('e'));
    await clock.advance(10_000);
    expect(told().at(-1)).toBe('initial common_cause_models_p');
  });

  it('ends when too few are left, and then those page on their own', async () => {
    const { clock, system, told, report } = setUp();
    for (const model of ['a', 'b', 'c']) await system.processAnomalyAlert(report(model));
    await clock.advance(10_000);
    for (const model of ['a', 'b']) await system.processAnomalyAlert(report(model, 'normal'));
    await clock.advance(5 * 60_000);
    expect(told()).toEqual([
      'initial common_cause_models_p',
      'resolved common_cause_models_p',
      'initial model_anomaly_c',
    ]);
  });
});
