import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPrometheus } from 'test-services';
import { afterEach, describe, expect, it } from 'vitest';
import { alertmanagerHandler, AlertingSystem } from '../../src/index.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const token = 't'.repeat(32);

/** A service whose gauge a rule of the real Prometheus watches, and this system as its Alertmanager. */
async function setUp() {
  const service = { trouble: 0 };
  const metrics = createServer((_, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end(`# TYPE trouble gauge\ntrouble{shard="a"} ${service.trouble}\n`);
  });
  await new Promise<void>((resolve) => metrics.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    metrics.closeAllConnections();
    metrics.close();
  });
  const recorder = recordingChannel();
  const alerting = new AlertingSystem({
    channels: [recorder.channel],
    policies: {
      policies: [
        {
          name: 'rules',
          match: { key: 'Trouble*' },
          channels: ['first'],
          steps: [{ recurrence: { count: 3, within: '1h' }, channels: ['first'] }],
          minClear: 0,
        },
      ],
    },
  });
  cleanups.push(() => alerting.stop(10));
  const handler = alertmanagerHandler({ alerting, token, path: '/alerts' });
  const server = await serve((request, response) => handler(request, response));
  cleanups.push(server.stop);
  const config = {
    global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'svc',
        static_configs: [
          {
            targets: [`127.0.0.1:${(metrics.address() as AddressInfo).port}`],
            labels: { service: 's' },
          },
        ],
      },
    ],
    alerting: {
      alertmanagers: [
        {
          path_prefix: '/alerts',
          authorization: { credentials: token },
          static_configs: [{ targets: [new URL(server.url).host] }],
        },
      ],
    },
  };
  const rule = {
    alert: 'Trouble',
    expr: 'trouble > 0',
    labels: { severity: 'warning' },
    annotations: { description: 'shard {{ $labels.shard }} has {{ $value }}' },
  };
  const prometheus = await startPrometheus({
    config: JSON.stringify(config),
    files: { 'rules.yml': JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }) },
    args: ['--rules.alert.resend-delay=500ms'],
  });
  cleanups.push(() => prometheus.stop());
  return { service, recorder, alerting, handler, prometheus };
}

// Prometheus takes some seconds before it knows whom to scrape and whom to tell.
const patience = { timeout: 30_000 };

describe('the real Prometheus', { timeout: 120_000 }, () => {
  it('pages when a rule fires, once however often it posts, and resolves when the rule stops', async () => {
    const { service, recorder, alerting, handler } = await setUp();
    service.trouble = 7;
    await expect.poll(recorder.kinds, patience).toEqual(['initial']);
    const { alert } = recorder.deliveries[0]!.notifications[0]!;
    expect(alert).toMatchObject({
      severity: 'medium',
      policy: 'rules',
      labels: { alertname: 'Trouble', service: 's', shard: 'a', job: 'svc' },
      annotations: { summary: 'shard a has 7' },
    });
    expect(alert.source.name).toMatch(/^http.*\/graph\?/);
    await expect.poll(() => handler.stats().received, patience).toBeGreaterThan(5);
    service.trouble = 0;
    await expect.poll(recorder.kinds, patience).toEqual(['initial', 'resolved']);

    // Posts of one firing are no occurrences: the third firing within the hour is the one that escalates.
    for (const kinds of [
      ['initial', 'resolved', 'initial'],
      ['initial', 'resolved', 'initial', 'resolved', 'escalated'],
    ]) {
      service.trouble = 1;
      await expect.poll(recorder.kinds, patience).toEqual(kinds);
      service.trouble = 0;
      await expect.poll(recorder.kinds, patience).toEqual([...kinds, 'resolved']);
    }
    expect(await alerting.alert({ id: alert.id })).toMatchObject({
      episode: 3,
      escalationLevel: 2,
    });
    expect(handler.stats()).toMatchObject({ opened: 3, refused: 0, failed: 0, unauthorized: 0 });
  });

  it('that is gone leaves an alert that resolves at its end', async () => {
    const { service, recorder, alerting, prometheus } = await setUp();
    service.trouble = 1;
    await expect.poll(recorder.kinds, patience).toEqual(['initial']);
    await prometheus.kill();
    await expect.poll(recorder.kinds, patience).toEqual(['initial', 'resolved']);
    const { alert } = recorder.deliveries[0]!.notifications[0]!;
    const { items } = await alerting.history({ id: alert.id });
    expect(items.find(({ event }) => event === 'resolved')?.cause).toMatchObject({
      kind: 'expiry',
      note: expect.stringMatching(/^nothing heard for \d000 ms$/) as string,
    });
  });
});
