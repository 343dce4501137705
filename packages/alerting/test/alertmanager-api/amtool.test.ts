import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  alertmanagerHandler,
  AlertingSystem,
  type AlertmanagerHandlerOptions,
} from '../../src/index.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';
import { amtoolFor } from './amtool.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp(options: Partial<AlertmanagerHandlerOptions> = {}) {
  const recorder = recordingChannel();
  const alerting = new AlertingSystem({
    channels: [recorder.channel],
    policies: { policies: [{ name: 'team', channels: ['first'], minClear: 0 }] },
  });
  cleanups.push(() => alerting.stop(10));
  const handler = alertmanagerHandler({ alerting, allowUnauthenticated: true, ...options });
  const server = await serve((request, response) => handler(request, response));
  cleanups.push(server.stop);
  return { recorder, alerting, handler, url: server.url, amtool: await amtoolFor(server.url) };
}

describe('amtool', () => {
  it('adds an alert, which pages, is listed, and resolves when its time is over', async () => {
    const { recorder, alerting, amtool } = await setUp({ resolveTimeout: '2s' });
    await amtool(
      'alert',
      'add',
      'DiskFull',
      'severity=page',
      'service=db',
      '--annotation=summary=97 % of /var',
      '--generator-url=http://p.example/graph',
    );
    await expect.poll(recorder.kinds).toEqual(['initial']);
    const { alert } = recorder.deliveries[0]!.notifications[0]!;
    expect(alert).toMatchObject({
      key: expect.stringMatching(/^DiskFull#[0-9a-f]{16}$/) as string,
      severity: 'critical',
      labels: { alertname: 'DiskFull', service: 'db', severity: 'page' },
      annotations: { summary: '97 % of /var' },
      source: { kind: 'alertmanager', name: 'http://p.example/graph' },
    });
    const listed = await amtool('alert', 'query');
    expect(listed).toMatch(/DiskFull\s+.*97 % of \/var\s+active/);
    expect(await amtool('alert', 'query', 'service=db')).toContain('DiskFull');
    expect(await amtool('alert', 'query', 'service=~"x|y"')).not.toContain('DiskFull');
    await expect.poll(recorder.kinds, { timeout: 10_000 }).toEqual(['initial', 'resolved']);
    expect(await amtool('alert', 'query')).not.toContain('DiskFull');
    expect(
      (await alerting.history({ id: alert.id })).items.map(({ cause }) => cause.kind),
    ).toContain('expiry');
  });

  it('silences, lists the silence, and ends it', async () => {
    const { recorder, alerting, amtool } = await setUp();
    const id = await amtool(
      'silence',
      'add',
      'alertname=Slow',
      'env=~"prod|staging"',
      '--duration=1h',
      '--comment=works on it',
      '--author=ann',
    );
    expect(await alerting.silences()).toMatchObject([
      {
        id,
        by: 'ann',
        comment: 'works on it',
        matchers: [
          { label: 'alertname', op: '=', value: 'Slow' },
          { label: 'env', op: '=~', value: 'prod|staging' },
        ],
      },
    ]);
    expect(await amtool('silence', 'query')).toMatch(new RegExp(`${id}\\s+alertname="Slow"`));
    expect(await amtool('silence', 'query', 'alertname=Other')).not.toContain(id);
    await amtool('alert', 'add', 'Slow', 'env=prod');
    await amtool('alert', 'add', 'Slow', 'env=test');
    await expect.poll(recorder.kinds).toEqual(['initial']);
    expect(recorder.deliveries[0]!.notifications[0]!.alert.labels['env']).toBe('test');
    const json = (...args: string[]) => amtool('alert', 'query', '-o', 'json', ...args);
    const names = (text: string) =>
      (JSON.parse(text) as { labels: { env: string } }[]).map(({ labels }) => labels.env);
    expect(names(await json())).toEqual(['test']);
    expect(names(await json('--silenced'))).toEqual(['prod']);

    await amtool('silence', 'update', id, '--comment=still');
    const [updated] = await alerting.silences();
    expect(updated).toMatchObject({ comment: 'still', by: 'ann' });
    await amtool('silence', 'expire', updated!.id);
    expect(await alerting.silences()).toEqual([]);
    expect(await amtool('silence', 'query')).not.toContain('Slow');
  });

  it('finds and silences alerts of our own by their key', async () => {
    const { recorder, alerting, amtool } = await setUp();
    await amtool('silence', 'add', 'alertname=own', '--comment=c', '--author=ann');
    await alerting.raise({ key: 'own' });
    await alerting.raise({ key: 'other' });
    await expect.poll(recorder.kinds).toEqual(['initial']);
    expect(await amtool('alert', 'query', '--silenced', 'alertname=own')).toContain('own');
  });

  it('needs the token where there is one', async () => {
    const { recorder, amtool } = await setUp({ token: 't'.repeat(16) });
    await expect(amtool('alert', 'add', 'Slow')).rejects.toThrow('401');
    await expect(amtool('alert', 'query')).rejects.toThrow();
    const directory = mkdtempSync(join(tmpdir(), 'amtool-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'http.yml');
    writeFileSync(file, `authorization:\n  credentials: ${'t'.repeat(16)}\n`);
    await amtool('alert', 'add', 'Slow', `--http.config.file=${file}`);
    await expect.poll(recorder.kinds).toEqual(['initial']);
  });

  it('hears why what it posts cannot work', async () => {
    const { amtool } = await setUp();
    await expect(
      amtool('silence', 'add', 'a=~"(?i)x"', '--comment=c', '--author=ann'),
    ).rejects.toThrow('regular expression');
    await expect(amtool('silence', 'expire', '0000')).rejects.toThrow();
  });
});
