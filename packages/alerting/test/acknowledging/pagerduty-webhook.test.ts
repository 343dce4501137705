import { afterEach, describe, expect, it } from 'vitest';
import {
  acknowledgementHandler,
  AlertingConfigError,
  AlertingSystem,
  pagerDutyChannel,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';
import { pagerDutyEvent, pagerDutyRequest } from './signed-requests.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setUp() {
  const alerting = new AlertingSystem({ channels: [recordingChannel().channel] });
  cleanups.push(() => alerting.stop(10));
  const handler = acknowledgementHandler({
    alerting,
    pagerDuty: { secret: ['old', 'new'], maxAge: '1h' },
  });
  const server = await serve((request, response) => handler(request, response));
  cleanups.push(server.stop);
  const post = async (init: RequestInit) => {
    const response = await fetch(`${server.url}/acknowledge/pagerduty`, init);
    const answer = (await response.json()) as { outcome?: string; error?: string };
    return [response.status, answer.outcome ?? answer.error];
  };
  const statusOf = async (ref: Parameters<typeof alerting.alert>[0]) =>
    (await alerting.alert(ref))?.status;
  return { alerting, handler, post, statusOf };
}

describe('a webhook of PagerDuty', () => {
  it('acknowledges and resolves the alert that its incident is about, in the name of who did', async () => {
    const { alerting, post } = await setUp();
    await alerting.raise({ key: 'k' });
    const acknowledged = pagerDutyEvent('k#1', { id: 'e1' });
    expect(await post(pagerDutyRequest(acknowledged, 'new'))).toEqual([200, 'acknowledged']);
    expect(await alerting.alert('k')).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: 'Ann Example (PagerDuty)',
    });
    const resolved = pagerDutyEvent('k#1', { id: 'e2', event_type: 'incident.resolved' });
    expect(await post(pagerDutyRequest(resolved, 'old'))).toEqual([200, 'resolved']);
    expect(
      (await alerting.history('k')).items.map(({ event, cause }) => [event, cause.by]),
    ).toContainEqual(['resolved', 'Ann Example (PagerDuty)']);
  });

  it('finds the alert by the very key that the channel sent, also where that is a digest', async () => {
    const { alerting, post, statusOf } = await setUp();
    const receiver = await startReceiver();
    cleanups.push(receiver.stop);
    const channel = pagerDutyChannel({ url: receiver.url, routingKey: 'R' });
    const sender = new AlertingSystem({ channels: [channel] });
    cleanups.push(() => sender.stop(10));
    for (let index = 0; index < 1100; index += 1) await alerting.raise({ key: `other-${index}` });
    for (const key of ['plain', 'größer', 'x'.repeat(256)]) {
      await sender.raise({ key });
      await alerting.raise({ key });
      await sender.flush();
      const { dedup_key: dedupKey } = receiver.received.at(-1)!.body as unknown as {
        dedup_key: string;
      };
      const event = pagerDutyEvent(dedupKey, { id: key.slice(0, 20) });
      expect(await post(pagerDutyRequest(event, 'new'))).toEqual([200, 'acknowledged']);
      expect(await statusOf(key)).toBe('acknowledged');
    }
  });

  it('with a forged signature, or one of another body, is refused', async () => {
    const { alerting, handler, post, statusOf } = await setUp();
    await alerting.raise({ key: 'k' });
    const body = pagerDutyEvent('k#1');
    const refused = [401, 'the signature is not of a known secret'];
    expect(await post(pagerDutyRequest(body, 'wrong'))).toEqual(refused);
    expect(await post({ ...pagerDutyRequest(body, 'new'), body: `${body} ` })).toEqual(refused);
    expect(await post({ method: 'POST', body })).toEqual(refused);
    expect(await statusOf('k')).toBe('firing');
    expect(handler.stats()).toMatchObject({ refused: 3, acknowledged: 0 });
  });

  it('with several signatures is taken when one of them is good', async () => {
    const { alerting, post } = await setUp();
    await alerting.raise({ key: 'k' });
    const request = pagerDutyRequest(pagerDutyEvent('k#1'), 'new', `v1=${'0'.repeat(64)},v2=abc`);
    expect(await post(request)).toEqual([200, 'acknowledged']);
  });

  it('that comes again, or about an earlier episode, changes nothing', async () => {
    const { alerting, post, statusOf } = await setUp();
    await alerting.raise({ key: 'k' });
    const request = pagerDutyRequest(pagerDutyEvent('k#1'), 'new');
    expect(await post(request)).toEqual([200, 'acknowledged']);
    await alerting.resolve('k');
    await alerting.raise({ key: 'k' });
    expect(await post(request)).toEqual([200, 'repeated']);
    const late = pagerDutyEvent('k#1', { id: 'another' });
    expect(await post(pagerDutyRequest(late, 'new'))).toEqual([200, 'unchanged']);
    expect(await statusOf('k')).toBe('firing');
  });

  it('about what occurred too long ago is refused', async () => {
    const { alerting, post, statusOf } = await setUp();
    await alerting.raise({ key: 'k' });
    const old = new Date(Date.now() - 3_601_000).toISOString();
    const event = pagerDutyEvent('k#1', { occurred_at: old });
    expect(await post(pagerDutyRequest(event, 'new'))).toEqual([400, 'the event is too old']);
    expect(await statusOf('k')).toBe('firing');
  });

  it.each([
    ['another event', pagerDutyEvent('k#1', { event_type: 'incident.reassigned' }), 'ignored'],
    ['an incident that is none of ours', pagerDutyEvent('baf7cf21b1da41'), 'ignored'],
    ['an alert that nobody knows', pagerDutyEvent('unknown#1'), 'unchanged'],
    ['a digest that nobody knows', pagerDutyEvent(`sha256:${'0'.repeat(64)}#1`), 'unchanged'],
  ])('about %s is answered and changes nothing', async (_, event, outcome) => {
    const { alerting, post, statusOf } = await setUp();
    await alerting.raise({ key: 'k' });
    expect(await post(pagerDutyRequest(event, 'new'))).toEqual([200, outcome]);
    expect(await statusOf('k')).toBe('firing');
  });

  it.each([
    '',
    '[]',
    '{"event":null}',
    '{"event":{"id":1}}',
    pagerDutyEvent('k#1', { occurred_at: 'x' }),
  ])('that is no event is refused: %s', async (body) => {
    const { post } = await setUp();
    const [status] = await post(pagerDutyRequest(body, 'new'));
    expect(status).toBe(400);
  });

  it('that met a store which cannot be reached is good when it comes again', async () => {
    let isDown = true;
    const working = new AlertingSystem({ channels: [recordingChannel().channel] });
    cleanups.push(() => working.stop(10));
    await working.raise({ key: 'k' });
    const errors: Error[] = [];
    const handler = acknowledgementHandler({
      alerting: {
        acknowledge: (...args) =>
          isDown ? Promise.reject(new Error('redis://u:hush@host')) : working.acknowledge(...args),
        resolve: (...args) => working.resolve(...args),
        alert: (...args) => working.alert(...args),
        active: (...args) => working.active(...args),
      },
      pagerDuty: { secret: 'new' },
      onError: (error) => errors.push(error),
    });
    const request = () =>
      new Request('http://a.example/acknowledge/pagerduty', pagerDutyRequest(event, 'new'));
    const event = pagerDutyEvent('k#1');
    const failed = await handler.fetch(request());
    expect(failed.status).toBe(503);
    expect(await failed.text()).not.toContain('hush');
    expect(errors).toHaveLength(1);
    isDown = false;
    const response = await handler.fetch(request());
    expect([response.status, await response.json()]).toEqual([200, { outcome: 'acknowledged' }]);
  });

  it('is refused at construction without a secret', () => {
    const { alerting } = { alerting: new AlertingSystem({ channels: [] }) };
    const make = () => acknowledgementHandler({ alerting, pagerDuty: { secret: '' } });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow('pagerDuty.secret: must be a secret');
  });
});
