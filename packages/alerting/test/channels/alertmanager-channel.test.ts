import { startAlertmanager } from 'test-services';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingSystem,
  alertmanagerChannel,
  webhookChannel,
  type AlertmanagerWebhookBody,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface GettableAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

describe('Alertmanager', () => {
  it('the real one holds a forwarded alert at its present severity until it is resolved', async () => {
    const config = JSON.stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] });
    const real = await startAlertmanager({ config });
    cleanups.push(() => real.stop());
    const system = new AlertingSystem({ channels: [alertmanagerChannel({ url: real.url })] });
    cleanups.push(() => system.stop(100));
    const active = async () =>
      (await (await fetch(`${real.url}/api/v2/alerts?active=true`)).json()) as GettableAlert[];
    await system.raise({
      key: 'k',
      labels: { 'team.name': 'ml' },
      annotations: { summary: 'slow' },
    });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    const [forwarded, ...others] = await active();
    expect(others).toEqual([]);
    expect(forwarded).toMatchObject({
      labels: { alertname: 'k', severity: 'medium', team_name: 'ml' },
      annotations: { summary: 'slow', notification: 'initial' },
    });
    await system.raise({ key: 'k', labels: { 'team.name': 'ml' }, severity: 'critical' });
    await system.flush();
    await expect
      .poll(async () => (await active()).map(({ labels }) => labels['severity']))
      .toEqual(['critical']);
    await system.resolve('k');
    expect(await system.flush()).toEqual({ undelivered: 0 });
    await expect.poll(active).toEqual([]);
  });

  it('that calls an alert invalid loses it, recorded; one behind a broken proxy is asked again', async () => {
    const receiver = await startReceiver((response, count) =>
      response.writeHead(400).end(count === 1 ? '<html>no</html>' : '"bad label"'),
    );
    cleanups.push(receiver.stop);
    const system = new AlertingSystem({
      channels: [alertmanagerChannel({ url: `${receiver.url}/` })],
      retry: { minMillis: 20 },
    });
    cleanups.push(() => system.stop(100));
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    const { items } = await system.history('k');
    expect(items.map(({ event, cause }) => [event, cause.note])).toEqual([
      ['abandoned', 'answered 400, "bad label"'],
      ['failed', 'answered 400'],
      ['firing', undefined],
    ]);
  });

  it('has a webhook payload that the webhook channel can send instead of its own', async () => {
    const receiver = await startReceiver();
    cleanups.push(receiver.stop);
    const system = new AlertingSystem({
      channels: [webhookChannel({ url: receiver.url, format: 'alertmanager' })],
    });
    cleanups.push(() => system.stop(100));
    await system.raise({ key: 'k', severity: 'high' });
    await system.flush();
    await system.resolve('k');
    await system.flush();
    const [first, second] = receiver.received.map(
      ({ body }) => body as unknown as AlertmanagerWebhookBody,
    ) as [AlertmanagerWebhookBody, AlertmanagerWebhookBody];
    expect(first).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'webhook',
      commonLabels: { alertname: 'k', severity: 'high' },
      alerts: [{ status: 'firing', endsAt: '0001-01-01T00:00:00Z' }],
    });
    expect(second.status).toBe('resolved');
    expect(Date.parse(second.alerts[0]!.endsAt)).toBeGreaterThanOrEqual(
      Date.parse(second.alerts[0]!.startsAt),
    );
    expect(second.alerts[0]!.fingerprint).toBe(first.alerts[0]!.fingerprint);
  });
});
