import { readFileSync } from 'node:fs';
import { startAlertmanager, startPostgres } from 'test-services';
import { expect, it } from 'vitest';
import type { ModelState } from '../src/monitoring.js';
import { startApp, startReceiver } from './running-app.js';

interface Alerts {
  readonly active: {
    readonly key: string;
    readonly type: string;
    readonly severity: string;
    readonly escalationLevel: number;
  }[];
  readonly history: {
    readonly key: string;
    readonly event: string;
    readonly severity: string;
    readonly escalationLevel: number;
  }[];
}

it('turns a latency fault into an anomaly, an alert, and an escalation that reaches the webhook and Alertmanager', async () => {
  const postgres = await startPostgres();
  const config = readFileSync(new URL('../deploy/alertmanager.yml', import.meta.url), 'utf8');
  const alertmanager = await startAlertmanager({ config });
  const receiver = await startReceiver();
  const app = await startApp(
    ['--allow-faults', '--speed', '8', '--window', '0.5', '--training', '50'],
    {
      DATABASE_URL: postgres.url,
      ALERTMANAGER_URL: alertmanager.url,
      ALERT_WEBHOOK_URL: receiver.url,
      ALERT_WEBHOOK_SECRET: 'a secret of the receiver',
    },
  );
  const models = async (): Promise<ModelState[]> =>
    (await app.get<{ models: ModelState[] }>('/models')).models;
  await expect
    .poll(async () => (await models()).every(({ windowsTrained }) => windowsTrained >= 50), {
      timeout: 120_000,
    })
    .toBe(true);
  expect((await app.post('/faults', { kind: 'latency', durationSeconds: 15 })).status).toBe(201);

  await expect
    .poll(async () => (await models()).find(({ modelName }) => modelName === 'jailbreak'), {
      timeout: 15_000,
    })
    .toMatchObject({
      status: 'anomaly_detected',
      // Others may stand beside it: a slow detector also gets less done.
      anomalies: expect.arrayContaining([
        expect.objectContaining({ metric: 'inference_latency', severity: 'high' }),
      ]) as unknown[],
    });
  await expect
    .poll(
      async () =>
        (await app.get<Alerts>('/alerts')).active.find(
          ({ key }) => key === 'model_anomaly_jailbreak',
        ),
      { timeout: 15_000 },
    )
    .toMatchObject({
      type: 'model_performance_degradation',
      severity: 'critical',
      escalationLevel: 2,
    });
  const { history } = await app.get<Alerts>('/alerts');
  const events = history
    .filter(({ key }) => key === 'model_anomaly_jailbreak')
    .map(({ event }) => event);
  expect(events).toEqual(expect.arrayContaining(['firing', 'escalated', 'delivered']));
  expect(events.filter((event) => event === 'escalated')).toHaveLength(1);

  const kinds = (): unknown[] =>
    receiver.received
      .map(({ body }) => body as { notifications: { kind: string; alert: { key: string } }[] })
      .flatMap(({ notifications }) => notifications)
      .filter(({ alert }) => alert.key === 'model_anomaly_jailbreak')
      .map(({ kind }) => kind);
  await expect
    .poll(kinds, { timeout: 10_000 })
    .toEqual(expect.arrayContaining(['initial', 'escalated']));
  const forwarded = async (): Promise<unknown> =>
    (await fetch(`${alertmanager.url}/api/v2/alerts?filter=service="compliance-mapper"`)).json();
  await expect.poll(forwarded, { timeout: 10_000 }).toContainEqual(
    expect.objectContaining({
      labels: expect.objectContaining({
        alertname: 'model_anomaly_jailbreak',
        severity: 'critical',
      }) as unknown,
      receivers: [{ name: 'page' }],
    }),
  );
  expect(Object.keys(receiver.received[0]!.headers).join()).toMatch(/signature/);

  // The fault ends, the model is normal again, and the alert resolves after its minimum clear time.
  await expect
    .poll(async () => (await app.get<Alerts>('/alerts')).active, { timeout: 90_000 })
    .toEqual([]);
}, 360_000);
