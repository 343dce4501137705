import { Redis } from 'ioredis';
import express, { type RequestHandler } from 'express';
import { startRedis, type Service } from 'test-services';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  AckLinks,
  acknowledgementHandler,
  AlertingConfigError,
  AlertingSystem,
  type AcknowledgementHandlerOptions,
} from '../../src/index.js';
import { RedisStore } from '../../src/redis.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';
import { pagerDutyEvent, pagerDutyRequest, slackClick, slackRequest } from './signed-requests.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const secret = 's'.repeat(32);
const links = new AckLinks({ secret, baseUrl: 'https://a.example/acknowledge' });

function system(options: Partial<ConstructorParameters<typeof AlertingSystem>[0]> = {}) {
  const alerting = new AlertingSystem({ channels: [recordingChannel().channel], ...options });
  cleanups.push(() => alerting.stop(10));
  return alerting;
}

const pagerDuty = { secret: 'pd' };
const slack = { signingSecret: 'sl' };
const event = pagerDutyRequest(pagerDutyEvent('k#1'), 'pd');

describe('an acknowledgement', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  const patience = { timeout: 10_000 };

  it.each(['link', 'PagerDuty', 'Slack'] as const)(
    'by %s at one replica cancels every later step at all',
    async (way) => {
      const prefix = `ack-${way}`;
      let offset = 0;
      const recorder = recordingChannel();
      // As a receiver that honours the idempotency key sees them: a replica that stalls may send again.
      const kinds = () => {
        const once = new Map(recorder.deliveries.map((delivery) => [delivery.id, delivery]));
        return [...once.values()].flatMap(({ notifications }) =>
          notifications.map(({ kind }) => kind),
        );
      };
      const step = { after: '10m', channels: ['first'], repeatEvery: '1m' };
      const [first, second] = [0, 1].map(() => {
        const client = new Redis(redis.url);
        cleanups.push(() => client.disconnect());
        const alerting = system({
          channels: [recorder.channel],
          store: new RedisStore({ client, prefix, testOffsetMillis: () => offset }),
          policies: {
            policies: [
              {
                name: 'p',
                match: { key: 'k' },
                channels: ['first'],
                repeatEvery: '3m',
                steps: [step],
              },
            ],
          },
          pollIntervalMillis: 20,
        });
        alerting.start();
        return alerting;
      });
      await first!.raise({ key: 'k' });
      await expect.poll(kinds, patience).toEqual(['initial']);
      const before = await first!.explain('k');
      expect(before!.steps.map(({ state }) => state)).toEqual(['waiting']);
      expect(before!.nextReminderAt).not.toBeNull();

      const handler = acknowledgementHandler({ alerting: second!, links, pagerDuty, slack });
      const [path, init]: [string, RequestInit] =
        way === 'link'
          ? [new URL(links.link({ id: 'k', episode: 1 })).search, { method: 'POST' }]
          : way === 'PagerDuty'
            ? ['/pagerduty', event]
            : ['/slack', slackRequest(slackClick('1:k'), 'sl')];
      const response = await handler.fetch(
        new Request(`http://a.example/acknowledge${path}`, init),
      );
      expect(response.status).toBe(200);
      await expect.poll(kinds, patience).toEqual(['initial', 'acknowledged']);
      expect(await first!.alert('k')).toMatchObject({ status: 'acknowledged', escalationLevel: 1 });
      const explained = await first!.explain('k');
      expect(explained!.steps.map(({ state }) => state)).toEqual(['cancelled']);
      expect(explained!.nextReminderAt).toBeNull();

      // An hour later both have looked, and nobody was told anything more.
      offset += 3_600_000;
      await first!.raise({ key: 'after' });
      await expect.poll(kinds, patience).toEqual(['initial', 'acknowledged', 'initial']);
      await Promise.all([first!.flush(), second!.flush()]);
      expect(kinds()).toEqual(['initial', 'acknowledged', 'initial']);
      expect((await first!.alert('k'))?.escalationLevel).toBe(1);
    },
    30_000,
  );
});

describe('the handler', () => {
  it('works in Express, behind a parser that keeps the raw body, and passes on what is not for it', async () => {
    const alerting = system();
    await alerting.raise({ key: 'k' });
    const handler = acknowledgementHandler({ alerting, pagerDuty });
    const app = express();
    const keep = (request: object, _: unknown, raw: Buffer) =>
      Object.assign(request, { rawBody: raw });
    app.use(express.json({ verify: keep }));
    app.use(handler as unknown as RequestHandler);
    app.get('/other', (_, response) => void response.send('other'));
    const server = await serve(app as Parameters<typeof serve>[0]);
    cleanups.push(server.stop);
    const response = await fetch(`${server.url}/acknowledge/pagerduty`, event);
    expect([response.status, await response.json()]).toEqual([200, { outcome: 'acknowledged' }]);
    expect(await (await fetch(`${server.url}/other`)).text()).toBe('other');
  });

  it('works under the path that it is mounted at, with a body that was left as bytes', async () => {
    const alerting = system();
    await alerting.raise({ key: 'k' });
    const app = express();
    app.use(express.raw({ type: '*/*' }));
    app.use(
      '/a',
      acknowledgementHandler({ alerting, pagerDuty, path: '/' }) as unknown as RequestHandler,
    );
    const server = await serve(app as Parameters<typeof serve>[0]);
    cleanups.push(server.stop);
    expect((await fetch(`${server.url}/a/pagerduty/`, event)).status).toBe(200);
  });

  it('says what is wrong when the body was parsed before and is gone', async () => {
    const errors: Error[] = [];
    const handler = acknowledgementHandler({
      alerting: system(),
      pagerDuty,
      onError: (error) => errors.push(error),
    });
    const app = express();
    app.use(express.json());
    app.use(handler as unknown as RequestHandler);
    const server = await serve(app as Parameters<typeof serve>[0]);
    cleanups.push(server.stop);
    const response = await fetch(`${server.url}/acknowledge/pagerduty`, event);
    expect(response.status).toBe(500);
    expect(errors.map(({ message }) => message)).toEqual([
      'the body was read before: put this handler in front of body parsers, or keep the raw body as request.rawBody',
    ]);
  });

  it('reads no more of a body than its limit, in both kinds of servers', async () => {
    const handler = acknowledgementHandler({ alerting: system(), pagerDuty, maxBodyBytes: 1000 });
    const server = await serve((request, response) => handler(request, response));
    cleanups.push(server.stop);
    const init = { method: 'POST', body: 'x'.repeat(1001) };
    expect((await fetch(`${server.url}/acknowledge/pagerduty`, init)).status).toBe(413);
    const request = new Request('http://a.example/acknowledge/pagerduty', init);
    expect((await handler.fetch(request)).status).toBe(413);
    const other = new Request('http://a.example/other');
    expect((await handler.fetch(other)).status).toBe(404);
  });

  it.each<[Partial<AcknowledgementHandlerOptions>, string]>([
    [{}, 'needs links, pagerDuty or slack'],
    [{ pagerDuty, path: 'a b' }, 'path: must be a path such as /acknowledge, got "a b"'],
    [{ pagerDuty, maxBodyBytes: 0 }, 'maxBodyBytes'],
    [{ pagerDuty: { secret: 'x', maxAge: '-1h' } }, 'pagerDuty.maxAge'],
    [{ slack: { signingSecret: '' } }, 'slack.signingSecret: must be a secret'],
    [{ pagerDuty, links: undefined, secret: 'x' } as object, 'secret: unknown key'],
  ])('is refused at construction when it cannot work: %j', (options, message) => {
    const make = () => acknowledgementHandler({ alerting: system(), ...options });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
  });
});
