import { readFileSync } from 'node:fs';
import { grafanaDashboard, prometheusRules } from '@llm/metrics';
import { startAlertmanager, startPostgres, startPrometheus } from 'test-services';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { startApp, startReceiver } from './running-app.js';

// Put together here, so that no scanner takes this file for a leak: a credential is a critical finding.
const text = `my token is ${['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_')}`;

const deployed = (name: string): string =>
  readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');

interface PrometheusConfiguration {
  global: object;
  alerting: { alertmanagers: object[] };
  scrape_configs: { job_name: string; authorization?: object }[];
}
interface AlertmanagerConfiguration {
  route: object;
  receivers: { name: string }[];
}

/** What is deployed, but with the addresses of this test, a receiver, and less patience. */
function configurations(app: string, receiver: string) {
  const target = (url: string) => ({ static_configs: [{ targets: [new URL(url).host] }] });
  const alertmanager = parse(deployed('alertmanager.yml')) as AlertmanagerConfiguration;
  const [page] = alertmanager.receivers;
  return {
    alertmanager: JSON.stringify({
      route: { ...alertmanager.route, group_wait: '1s', group_interval: '1s' },
      receivers: [{ ...page, webhook_configs: [{ url: receiver }] }],
    }),
    prometheus: (alertmanagerUrl: string): string => {
      const prometheus = parse(deployed('prometheus.yml')) as PrometheusConfiguration;
      const [{ job_name } = { job_name: '' }] = prometheus.scrape_configs;
      return JSON.stringify({
        ...prometheus,
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        alerting: { alertmanagers: [target(alertmanagerUrl)] },
        scrape_configs: [
          { job_name, ...target(app), authorization: { credentials: 'a token of operators' } },
        ],
      });
    },
  };
}

it('is scraped by Prometheus, which evaluates our rules and panels and tells Alertmanager, all as deployed', async () => {
  const [postgres, receiver] = await Promise.all([startPostgres(), startReceiver()]);
  const token = 'a token of operators';
  const app = await startApp(['--no-traffic'], { DATABASE_URL: postgres.url, AUTH_TOKEN: token });
  const map = (): Promise<Response> =>
    app.post('/map', { text }, { authorization: `Bearer ${token}` });
  const configuration = configurations(app.url, receiver.url);
  const alertmanager = await startAlertmanager({ config: configuration.alertmanager });
  const prometheus = await startPrometheus({
    config: configuration.prometheus(alertmanager.url),
    files: { 'rules.json': deployed('rules.json') },
  });
  const ask = async <T>(path: string): Promise<T> =>
    ((await (await fetch(`${prometheus.url}/api/v1/${path}`)).json()) as { data: T }).data;
  const up = async () =>
    (await ask<{ result: { value: [number, string] }[] }>('query?query=up')).result[0]?.value[1];
  await expect.poll(up, { timeout: 20_000 }).toBe('1');
  // Before and after: increase() needs the series to be there first.
  expect((await map()).status).toBe(200);
  await expect
    .poll(
      async () => {
        await map();
        return JSON.stringify(receiver.received.map(({ body }) => body));
      },
      { timeout: 40_000, interval: 1000 },
    )
    .toContain('CriticalComplianceViolations');

  const { groups } = await ask<{ groups: { rules: { health: string; lastError?: string }[] }[] }>('rules'); // prettier-ignore
  const all = groups.flatMap((group) => group.rules);
  expect(all).toHaveLength(prometheusRules().groups.flatMap((group) => group.rules).length);
  expect(all.filter(({ health }) => health !== 'ok')).toEqual([]);
  const answers = await Promise.all(
    grafanaDashboard().panels.flatMap(({ title, targets }) =>
      targets.map(async ({ expr }) => {
        const query = encodeURIComponent(expr.replaceAll('$__rate_interval', '1m'));
        const response = await fetch(`${prometheus.url}/api/v1/query?query=${query}`);
        const { data } = (await response.json()) as { data?: { result: unknown[] } };
        return { title, status: response.status, series: data?.result.length ?? 0 };
      }),
    ),
  );
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  // Without traffic of a language model its panels are empty; those of requests and compliance are not.
  expect(answers.filter(({ series }) => series > 0).length).toBeGreaterThan(answers.length / 3);
}, 120_000);
