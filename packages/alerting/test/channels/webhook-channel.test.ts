import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  verifyWebhook,
  webhookChannel,
  type WebhookChannelOptions,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';
import { recordingChannel } from '../recording-channel.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function receiver(...args: Parameters<typeof startReceiver>) {
  const started = await startReceiver(...args);
  cleanups.push(started.stop);
  return started;
}

function alerting(
  options: WebhookChannelOptions,
  others = [] as ReturnType<typeof recordingChannel>[],
) {
  const system = new AlertingSystem({
    channels: [webhookChannel(options), ...others.map(({ channel }) => channel)],
    retry: { minMillis: 20, maxMillis: 100 },
  });
  cleanups.push(() => system.stop(100));
  return system;
}

describe('a webhook', () => {
  it('posts a signed JSON body that its receiver can verify, with an idempotency key', async () => {
    const { url, received, kinds } = await receiver();
    const system = alerting({ url, secret: 's3cret', headers: { 'x-team': 'ml' } });
    for (let index = 0; index < 3; index += 1) {
      await system.raise({ key: 'k', annotations: { summary: 'it is slow' }, severity: 'high' });
    }
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(kinds()).toEqual(['initial', 'escalated']);
    const [first, second] = received;
    expect(first!.body.version).toBe(1);
    expect(first!.body.title).toBe('[ALERT high] k: it is slow');
    expect(second!.body.title).toMatch(/^\[ESCALATED to level 2, critical\] k: it is slow/);
    expect(first!.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': first!.body.id,
      'x-team': 'ml',
    });
    const proof = {
      secret: 's3cret',
      body: first!.raw,
      timestamp: first!.headers['x-alert-timestamp'] as string,
      signature: first!.headers['x-alert-signature'] as string,
    };
    expect(verifyWebhook(proof)).toBe(true);
    expect(verifyWebhook({ ...proof, body: `${first!.raw} ` })).toBe(false);
    expect(verifyWebhook({ ...proof, now: Date.now() + 301_000 })).toBe(false);
  });

  it('that answers 500 is tried again with the same idempotency key until it takes it', async () => {
    const { url, received } = await receiver((response, count) =>
      response.writeHead(count < 4 ? 500 : 200).end('x'.repeat(100_000)),
    );
    const system = alerting({ url });
    await system.raise({ key: 'k' });
    expect(await system.flush(5000)).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(4);
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    const { items } = await system.history('k');
    expect(items.map(({ event, cause }) => [event, cause.note])).toEqual([
      ['delivered', undefined],
      ['failed', 'answered 500'],
      ['failed', 'answered 500'],
      ['failed', 'answered 500'],
      ['firing', undefined],
    ]);
  });

  it('that answers 429 gets nothing on the whole channel before its Retry-After', async () => {
    const { url, received } = await receiver((response, count) =>
      count === 1
        ? response.writeHead(429, { 'retry-after': '1' }).end()
        : response.writeHead(200).end(),
    );
    const system = alerting({ url });
    await system.raise({ key: 'a' });
    await expect.poll(() => received.length).toBe(1);
    await expect.poll(async () => (await system.stats()).channels['webhook']?.failed).toBe(1);
    await system.raise({ key: 'b' });
    expect(await system.flush(5000)).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(3);
    for (const { at } of received.slice(1)) {
      expect(at - received[0]!.at).toBeGreaterThanOrEqual(990);
    }
  });

  it('that redirects is not followed', async () => {
    const target = await receiver();
    const { url } = await receiver((response) =>
      response.writeHead(302, { location: target.url }).end(),
    );
    const system = alerting({ url });
    await system.raise({ key: 'k' });
    expect((await system.flush(300)).undelivered).toBe(1);
    expect(target.received).toEqual([]);
    const { items } = await system.history('k');
    expect(items[0]?.cause.note).toBe('answered 302, a redirect, which is not followed');
  });

  it('that is dead holds up neither the caller nor other channels, and is counted', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const other = recordingChannel('other');
    const system = alerting({ url: `http://127.0.0.1:${port}/` }, [other]);
    const begun = performance.now();
    for (let index = 0; index < 100; index += 1) await system.raise({ key: `k${index}` });
    expect(performance.now() - begun).toBeLessThan(1000);
    await expect.poll(() => other.deliveries.length).toBe(100);
    await system.flush(200);
    const stats = await system.stats();
    expect(stats.undelivered).toBe(100);
    expect(stats.channels['webhook']!.failed).toBeGreaterThan(0);
    const failed = (await system.history('k0')).items.find(({ event }) => event === 'failed');
    expect(failed?.cause.note).toBe('no answer (ECONNREFUSED)');
  });

  it('that never answers is left after its time and tried again', async () => {
    const { url, received } = await receiver((response, count) => {
      if (count > 1) response.writeHead(200).end();
    });
    const system = alerting({ url, timeoutMillis: 150 });
    await system.raise({ key: 'k' });
    expect(await system.flush(5000)).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(2);
  });

  it('that is slower than a lease is paged once, because the lease is renewed', async () => {
    const { url, received } = await receiver((response) => {
      setTimeout(() => response.writeHead(200).end(), 1800);
    });
    const system = alerting({ url });
    await system.raise({ key: 'k' });
    expect(await system.flush(5000)).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(1);
  });

  it('spaces its requests as its rate says', async () => {
    const { url, received } = await receiver();
    const system = alerting({ url, rate: { count: 1, intervalMillis: 150 } });
    for (const key of ['a', 'b', 'c']) await system.raise({ key });
    expect(await system.flush(5000)).toEqual({ undelivered: 0 });
    // Handed out 300 ms apart; the first may be under way for longer than the last.
    expect(received[2]!.at - received[0]!.at).toBeGreaterThanOrEqual(200);
  });
});

describe('a webhook that cannot work', () => {
  it.each<[WebhookChannelOptions, string]>([
    [{ url: 'nonsense' }, 'webhook.url: must be a URL, got "nonsense"'],
    [{ url: 'ftp://example.com' }, 'webhook.url: must be http or https, got "ftp:"'],
    [{ url: 'https://u:p@example.com' }, 'must not carry a user or password'],
    [
      { url: 'https://evil.example', allowedHosts: ['good.example'] },
      'its host is not allowed (allowed: good.example), got "evil.example"',
    ],
    [{ url: 'https://a.example', secret: '' }, 'webhook.secret: must not be empty'],
    [{ url: 'https://a.example', timeoutMillis: 0 }, 'webhook.timeoutMillis'],
    [{ url: 'https://a.example', headers: { 'x-a': 'a\nb' } }, 'webhook.headers.x-a'],
  ])('is refused at construction: %j', (options, message) => {
    expect(() => webhookChannel(options)).toThrow(AlertingConfigError);
    expect(() => webhookChannel(options)).toThrow(message);
  });

  it('does not repeat a secret in its error', () => {
    const headers = { authorization: 'hush\nx-injected: 1' };
    const make = () => webhookChannel({ url: 'https://a.example', headers });
    expect(make).toThrow('webhook.headers.authorization');
    expect(make).not.toThrow('hush');
  });
});
