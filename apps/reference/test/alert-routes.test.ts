import { AlertingSystem, loadEscalationPolicies, type Channel } from '@llm/alerting';
import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { addAlertRoutes } from '../src/alert-routes.js';
import type { Monitoring } from '../src/monitoring.js';

const silent: Channel = { name: 'silent', send: async () => undefined };

async function server() {
  const alerting = new AlertingSystem({
    channels: [silent],
    policies: loadEscalationPolicies(
      { policies: [{ name: 'all', match: { key: '*' }, channels: ['silent'], steps: [] }] },
      { channels: ['silent'] },
    ),
  });
  onTestFinished(() => alerting.stop());
  await alerting.raise({ key: 'a', type: 'test', severity: 'high' });
  const monitoring: Partial<Monitoring> = {
    acknowledge: (key, change) => alerting.acknowledge(key, change),
    resolve: (key, change) => alerting.resolve(key, change),
    silence: async (key, change) =>
      (await alerting.alert(key)) === null ? null : alerting.silence({ alert: key, ...change }),
  };
  const app = Fastify();
  addAlertRoutes(app, monitoring as Monitoring);
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });
  return { alerting, post };
}

it('acknowledges and resolves an alert, and says by whom', async () => {
  const { alerting, post } = await server();
  const acknowledged = await post('/alerts/a/acknowledge', { by: 'jane', episode: 1 });
  expect(acknowledged.json()).toMatchObject({ status: 'acknowledged', acknowledgedBy: 'jane' });
  expect((await post('/alerts/a/resolve', { note: 'a restart' })).statusCode).toBe(200);
  const { items } = await alerting.history('a');
  expect(items.find(({ event }) => event === 'resolved')?.cause).toMatchObject({
    by: 'api',
    note: 'a restart',
  });
});

it('silences an alert for so long', async () => {
  const { alerting, post } = await server();
  const response = await post('/alerts/a/silence', { durationSeconds: 900, by: 'jane' });
  const [silence] = await alerting.silences();
  expect(response.json()).toEqual(silence);
  expect(silence!.endsAt! - silence!.startsAt).toBe(900_000);
});

it('says so when there is no such alert, or no longer, or only a newer episode', async () => {
  const { alerting, post } = await server();
  for (const [url, body] of [
    ['/alerts/b/acknowledge', {}],
    ['/alerts/b/resolve', {}],
    ['/alerts/b/silence', { durationSeconds: 60 }],
    ['/alerts/a/acknowledge', { episode: 2 }],
  ] as const) {
    expect((await post(url, body)).statusCode, url).toBe(409);
  }
  await alerting.resolve('a');
  expect((await post('/alerts/a/acknowledge', {})).statusCode).toBe(409);
  await alerting.raise({ key: 'a', type: 'test', severity: 'high' });
  expect((await post('/alerts/a/resolve', { episode: 1 })).statusCode).toBe(409);
});

it('takes no body that makes no sense', async () => {
  const { post } = await server();
  for (const [url, body] of [
    ['/alerts/a/acknowledge', { by: '' }],
    ['/alerts/a/acknowledge', { episode: 0 }],
    ['/alerts/a/acknowledge', []],
    ['/alerts/a/silence', {}],
    ['/alerts/a/silence', { durationSeconds: 0 }],
    ['/alerts/a/silence', { durationSeconds: 1e9 }],
    ['/alerts/a/silence', { durationSeconds: 'long' }],
  ] as const) {
    expect((await post(url, body)).statusCode, JSON.stringify(body)).toBe(400);
  }
});
