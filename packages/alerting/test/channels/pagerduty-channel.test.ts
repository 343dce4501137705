import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  pagerDutyChannel,
  type PagerDutyChannelOptions,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';
import { recordingChannel } from '../recording-channel.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface PagerDutyEvent {
  routing_key: string;
  event_action: string;
  dedup_key: string;
  payload: { summary: string; severity: string; source: string };
  links?: unknown;
}

async function setUp(
  answer?: Parameters<typeof startReceiver>[0],
  options: Partial<PagerDutyChannelOptions> = {},
) {
  const receiver = await startReceiver(answer);
  cleanups.push(receiver.stop);
  const channel = pagerDutyChannel({ url: receiver.url, routingKey: 'R1', ...options });
  const system = new AlertingSystem({ channels: [channel], retry: { minMillis: 20 } });
  cleanups.push(() => system.stop(100));
  const events = () => receiver.received.map(({ body }) => body as unknown as PagerDutyEvent);
  return { ...receiver, channel, system, events };
}

describe('PagerDuty', () => {
  it('is triggered, acknowledged and resolved under one key per episode', async () => {
    const { system, events } = await setUp();
    await system.raise({ key: 'k', severity: 'high' });
    await system.flush();
    await system.acknowledge('k', { by: 'ann' });
    await system.resolve('k');
    await system.flush();
    await system.raise({ key: 'k' });
    await system.flush();
    expect(events().map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', 'k#1'],
      ['acknowledge', 'k#1'],
      ['resolve', 'k#1'],
      ['trigger', 'k#2'],
    ]);
    expect(events()[0]).toMatchObject({
      routing_key: 'R1',
      payload: { summary: '[ALERT high] k: alert', severity: 'error', source: 'k' },
    });
  });

  it('gets a summary of at most 1024 characters and a body of at most 512 KB', async () => {
    const { system, events, received } = await setUp();
    const annotations = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`a${index}`, '"😀'.repeat(2000)]),
    );
    await system.raise({ key: 'k', annotations: { ...annotations, summary: '😀'.repeat(2000) } });
    await system.flush();
    const { summary } = events()[0]!.payload;
    expect(summary.length).toBeLessThanOrEqual(1024);
    expect(Buffer.from(summary).toString()).toBe(summary);
    expect(Buffer.byteLength(received[0]!.raw)).toBeLessThanOrEqual(512_000);
  });

  it('is not left with an open incident by a trigger that comes after the end', async () => {
    const { channel, events } = await setUp();
    const recorder = recordingChannel();
    const system = new AlertingSystem({ channels: [recorder.channel] });
    cleanups.push(() => system.stop(100));
    await system.raise({ key: 'k' });
    await system.flush();
    const delivery = recorder.deliveries[0]!;
    const notification = delivery.notifications[0]!;
    const current = { status: 'resolved', episode: 1, escalationLevel: 1 } as const;
    const late = { ...delivery, notifications: [{ ...notification, current }] };
    await channel.send(late, { signal: new AbortController().signal, now: Date.now });
    expect(events().map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve']);
  });

  it('that answers 429 and 500 is tried again under the same key', async () => {
    const { system, events } = await setUp((response, count) =>
      response.writeHead([429, 500, 202][count - 1] ?? 202, { 'retry-after': '0' }).end(),
    );
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(events().map(({ dedup_key }) => dedup_key)).toEqual(['k#1', 'k#1', 'k#1']);
  });

  it('that calls an event invalid loses it, recorded with the reason, and no other of its group', async () => {
    const receiver = await startReceiver((response, count) => {
      if (count > 1) return response.writeHead(202).end();
      const errors = ["'payload.summary' is missing"];
      return response.writeHead(400).end(JSON.stringify({ status: 'invalid event', errors }));
    });
    cleanups.push(receiver.stop);
    const system = new AlertingSystem({
      channels: [pagerDutyChannel({ url: receiver.url, routingKey: 'R1' })],
      policies: {
        policies: [{ name: 'g', channels: ['pagerduty'], groupBy: ['type'], groupWait: '50ms' }],
      },
    });
    cleanups.push(() => system.stop(100));
    for (const key of ['a', 'b', 'c']) await system.raise({ key });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(receiver.received).toHaveLength(3);
    expect((await system.stats()).channels['pagerduty']).toMatchObject({ abandoned: 1 });
    expect((await system.history('a')).items[0]).toMatchObject({
      event: 'abandoned',
      cause: { note: "1 of 3 events refused: answered 400, 'payload.summary' is missing" },
    });
  });

  it('that knows no such integration is asked again, until somebody has put it right', async () => {
    const { system, received } = await setUp((response, count) => {
      const errors = ["'routing_key' is invalid"];
      if (count > 2) response.writeHead(202).end();
      else response.writeHead(400).end(JSON.stringify({ status: 'invalid event', errors }));
    });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(3);
  });

  it('shows a link to where the alert can be acknowledged', async () => {
    const { system, events } = await setUp(undefined, {
      link: ({ key }) => `https://a.example/${key}`,
    });
    await system.raise({ key: 'k' });
    await system.flush();
    expect(events()[0]!.links).toEqual([{ href: 'https://a.example/k', text: 'Open' }]);
  });

  it('is refused without an integration key, which no error repeats', () => {
    const make = () => pagerDutyChannel({ routingKey: 'secret\nkey' });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow('pagerduty.routingKey: must be an integration key');
    expect(make).not.toThrow('secret');
  });
});
