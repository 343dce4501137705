import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  alertmanagerHandler,
  type AlertmanagerHandlerOptions,
} from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { recordingChannel } from '../recording-channel.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const token = 't'.repeat(16);

function setUp(options: Partial<AlertmanagerHandlerOptions> = {}) {
  const clock = new VirtualClock();
  const recorder = recordingChannel();
  const step = { recurrence: { count: 3, within: '1h' }, channels: ['first'] };
  const alerting = new AlertingSystem({
    channels: [recorder.channel],
    policies: {
      policies: [{ name: 'p', channels: ['first'], steps: [step], minClear: '1m' }],
      inhibitions: [
        {
          source: [{ label: 'alertname', value: 'Down' }],
          target: [{ label: 'alertname', value: 'Slow' }],
          equal: ['shard'],
        },
      ],
    },
    labels: { environment: 'prod' },
    clock,
  });
  cleanups.push(() => alerting.stop(10));
  const handler = alertmanagerHandler({ alerting, token, clock, ...options });
  const call = async (path: string, method = 'GET', body?: unknown) => {
    const response = await handler.fetch(
      new Request(`http://a.example/api/v2${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const answer: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, headers: response.headers, answer };
  };
  const time = (millis: number) => new Date(clock.now() + millis).toISOString();
  const post = async (...alerts: unknown[]) => {
    const { status } = await call('/alerts', 'POST', alerts);
    await clock.advance(0);
    return status;
  };
  const list = async (query = '') =>
    (await call(`/alerts${query}`)).answer as {
      fingerprint: string;
      labels: Record<string, string>;
      status: { state: string; silencedBy: string[] };
    }[];
  return { clock, recorder, alerting, handler, call, time, post, list };
}

const labels = { alertname: 'Slow', shard: 'a' };

describe('an alert that is posted', () => {
  it('again and again is one alert and one occurrence, with its latest annotations', async () => {
    const { clock, recorder, alerting, post, time, list } = setUp();
    const startsAt = time(0);
    for (let minute = 0; minute < 30; minute += 1) {
      const annotations = { summary: `for ${minute} minutes` };
      expect(await post({ labels, annotations, startsAt, endsAt: time(240_000) })).toBe(200);
      await clock.advance(60_000);
    }
    expect(recorder.kinds()).toEqual(['initial']);
    const { items } = await alerting.active();
    expect(items).toMatchObject([
      { escalationLevel: 1, episode: 1, annotations: { summary: 'for 29 minutes' } },
    ]);
    expect(await list()).toMatchObject([
      { labels: { ...labels, environment: 'prod', severity: 'medium' }, startsAt },
    ]);
  });

  it('no more resolves when its end has come', async () => {
    const { clock, recorder, post, time } = setUp({ resolveTimeout: '10m' });
    await post({ labels, endsAt: time(240_000) }, { labels: { alertname: 'NoEnd' } });
    await clock.advance(239_000);
    expect(recorder.kinds()).toEqual(['initial', 'initial']);
    await clock.advance(2000);
    expect(recorder.kinds()).toEqual(['initial', 'initial', 'resolved']);
    await clock.advance(360_000);
    expect(recorder.kinds()).toEqual(['initial', 'initial', 'resolved', 'resolved']);
  });

  it('with an end in the past resolves after the minimum clear time, unless it fires again before', async () => {
    const { clock, recorder, post, time } = setUp();
    const startsAt = time(0);
    await post({ labels, startsAt, endsAt: time(600_000) });
    await clock.advance(1000);
    await post({ labels, startsAt, endsAt: time(-10) });
    await clock.advance(30_000);
    await post({ labels, startsAt: time(0), endsAt: time(600_000) });
    await clock.advance(90_000);
    expect(recorder.kinds()).toEqual(['initial']);
    await post({ labels, startsAt, endsAt: time(-10) });
    await clock.advance(60_000);
    expect(recorder.kinds()).toEqual(['initial', 'resolved']);
  });

  it('that ends an earlier firing does not end a later one', async () => {
    const { clock, recorder, post, time } = setUp();
    const first = time(0);
    await post({ labels, startsAt: first, endsAt: time(60_000) });
    await clock.advance(61_000);
    await post({ labels, startsAt: time(0), endsAt: time(600_000) });
    await post({ labels, startsAt: first, endsAt: time(-1000) });
    await clock.advance(120_000);
    expect(recorder.kinds()).toEqual(['initial', 'resolved', 'initial']);
  });

  it('keeps firing through the end that was never posted, after Prometheus was away', async () => {
    const { clock, recorder, post, time } = setUp();
    const startsAt = time(0);
    await post({ labels, startsAt, endsAt: time(240_000) });
    await clock.advance(600_000);
    await post({ labels, startsAt, endsAt: time(240_000) });
    expect(recorder.kinds()).toEqual(['initial', 'resolved', 'initial']);
  });

  it('beside one that is senseless is stored; the sender hears what was wrong', async () => {
    const { recorder, call, clock, handler } = setUp();
    const { status, answer } = await call('/alerts', 'POST', [
      { labels: { 'a-b': 'c' } },
      { labels },
      { labels: { alertname: 'Long', service: 'x'.repeat(300) } },
    ]);
    await clock.advance(0);
    expect(status).toBe(400);
    expect(answer).toBe(
      '"a-b" is no name of a label; labels.service must have at most 256 characters',
    );
    expect(recorder.kinds()).toEqual(['initial']);
    expect(handler.stats()).toEqual({
      received: 3,
      opened: 1,
      cleared: 0,
      refused: 2,
      unauthorized: 0,
      failed: 0,
    });
  });

  it('several times in one request takes effect in that order', async () => {
    const { clock, recorder, post, time } = setUp();
    const startsAt = time(0);
    await post({ labels, startsAt, endsAt: time(60_000) }, { labels, startsAt, endsAt: startsAt });
    await clock.advance(60_000);
    expect(recorder.kinds()).toEqual(['initial', 'resolved']);
  });

  it('while the store cannot be reached is told to have failed', async () => {
    const { alerting } = setUp();
    const errors: Error[] = [];
    const down = Object.assign(Object.create(alerting) as AlertingSystem, {
      raise: () => Promise.reject(new Error('hush')),
    });
    const { call, handler } = setUp({ alerting: down, onError: (error) => errors.push(error) });
    const { status, answer } = await call('/alerts', 'POST', [{ labels }]);
    expect([status, answer]).toEqual([503, 'this could not be done now, please try again']);
    expect(errors.map(({ message }) => message)).toEqual(['hush']);
    expect(handler.stats().failed).toBe(1);
  });
});

describe('the list of alerts', () => {
  it('can be filtered by labels and by what is silenced', async () => {
    const { post, list, call, time } = setUp();
    await post(...['a', 'b', 'c'].map((shard) => ({ labels: { ...labels, shard } })));
    const silence = {
      matchers: [{ name: 'shard', value: 'b|c', isRegex: true, isEqual: true }],
      endsAt: time(60_000),
      createdBy: 'ann',
      comment: '',
    };
    const { answer } = await call('/silences', 'POST', silence);
    const shards = async (query: string) =>
      (await list(query)).map(({ labels: { shard } }) => shard).sort();
    expect(await shards('')).toEqual(['a', 'b', 'c']);
    expect(await shards('?silenced=false')).toEqual(['a']);
    expect(await shards('?active=false')).toEqual(['b', 'c']);
    expect(await shards('?filter=shard!=a&filter=alertname="Slow"')).toEqual(['b', 'c']);
    expect(await shards('?receiver=p')).toEqual(['a', 'b', 'c']);
    expect(await shards('?receiver=other')).toEqual([]);
    const [silenced] = await list('?filter=shard=b');
    expect(silenced!.status).toEqual({
      state: 'suppressed',
      silencedBy: [(answer as { silenceID: string }).silenceID],
      inhibitedBy: [],
    });
    expect((await call('/alerts?filter=shard')).status).toBe(400);
    expect((await call('/alerts?receiver=(')).status).toBe(400);
  });

  it('tells which alert holds another one back', async () => {
    const { post, list } = setUp();
    const down = { alertname: 'Down', shard: 'b' };
    await post({ labels: down }, { labels }, { labels: { ...labels, shard: 'b' } });
    const [inhibited, ...others] = await list('?active=false');
    expect(others).toEqual([]);
    const [source] = await list('?filter=alertname=Down');
    expect(inhibited).toMatchObject({
      labels: { shard: 'b' },
      status: { state: 'suppressed', silencedBy: [], inhibitedBy: [source!.fingerprint] },
    });
    expect(await list('?inhibited=false')).toHaveLength(2);
  });

  it('says so when there are more than it shows', async () => {
    const { alerting, call } = setUp({ maxListed: 1500 });
    for (let index = 0; index < 1600; index += 1) await alerting.raise({ key: `k${index}` });
    const { headers, answer } = await call('/alerts');
    expect(answer).toHaveLength(1500);
    expect(headers.get('x-alerts-truncated')).toBe('true');
    expect((await call('/alerts?filter=alertname=k7')).headers.has('x-alerts-truncated')).toBe(
      false,
    );
  });
});

describe('a silence', () => {
  it('can be read, replaced and removed', async () => {
    const { call, time, clock } = setUp();
    const matchers = [
      { name: 'a', value: 'b', isRegex: false, isEqual: false },
      { name: 'c', value: 'd', isRegex: false },
    ];
    const silence = {
      matchers,
      startsAt: time(60_000),
      endsAt: time(120_000),
      createdBy: 'ann',
      comment: 'c',
    };
    const added = await call('/silences', 'POST', silence);
    const { silenceID: id } = added.answer as { silenceID: string };
    const one = await call(`/silence/${id}`);
    expect(one.answer).toEqual({
      id,
      status: { state: 'pending' },
      matchers: [matchers[0], { ...matchers[1], isEqual: true }],
      startsAt: silence.startsAt,
      updatedAt: silence.startsAt,
      endsAt: silence.endsAt,
      createdBy: 'ann',
      comment: 'c',
    });
    await clock.advance(60_000);
    expect((await call('/silences')).answer).toMatchObject([{ id, status: { state: 'active' } }]);
    const replaced = await call('/silences', 'POST', { ...silence, id, comment: 'd' });
    const { silenceID: next } = replaced.answer as { silenceID: string };
    expect((await call('/silences')).answer).toMatchObject([{ id: next, comment: 'd' }]);
    expect((await call(`/silence/${id}`)).status).toBe(404);
    expect((await call(`/silence/${next}`, 'DELETE')).status).toBe(200);
    expect((await call(`/silence/${next}`, 'DELETE')).status).toBe(404);
    expect((await call('/silences')).answer).toEqual([]);
  });

  it.each([
    ['no matchers', { matchers: [] }],
    ['a matcher without a name', { matchers: [{ value: 'x' }] }],
    ['a broken expression', { matchers: [{ name: 'a', value: '(', isRegex: true }] }],
    ['what would match everything', { matchers: [{ name: 'a', value: '.*', isRegex: true }] }],
    ['no end', { endsAt: undefined }],
    ['an end that is past', { endsAt: '2020-01-01T00:00:00Z' }],
    ['an end before its start', { startsAt: '2027-01-01T00:00:00Z' }],
  ])('with %s is refused', async (_, change) => {
    const { call, time } = setUp();
    const silence = { matchers: [{ name: 'a', value: 'b' }], endsAt: time(60_000), ...change };
    expect((await call('/silences', 'POST', silence)).status).toBe(400);
    expect((await call('/silences')).answer).toEqual([]);
  });

  it('of one alert of ours is listed too', async () => {
    const { alerting, call } = setUp();
    const { alert } = await alerting.raise({ key: 'k' });
    await alerting.silence({ alert: { id: alert!.id } });
    expect((await call('/silences')).answer).toMatchObject([
      {
        matchers: [{ name: 'alert_id', value: 'k{environment="prod"}' }],
        endsAt: '9999-12-31T23:59:59.000Z',
      },
    ]);
  });
});

describe('the API', () => {
  it('lets nobody in without the token, except to ask whether it is well', async () => {
    const { handler } = setUp({ token: ['u'.repeat(16), token] });
    const status = async (path: string, authorization?: string) => {
      const init = authorization === undefined ? {} : { headers: { authorization } };
      return (await handler.fetch(new Request(`http://a.example${path}`, init))).status;
    };
    for (const path of [
      '/api/v2/alerts',
      '/api/v2/silences',
      '/api/v2/status',
      '/api/v2/receivers',
    ]) {
      expect(await status(path)).toBe(401);
      expect(await status(path, 'Bearer wrong')).toBe(401);
      expect(await status(path, token)).toBe(401);
      expect(await status(path, `Bearer ${token}`)).toBe(200);
    }
    expect([await status('/-/healthy'), await status('/-/ready')]).toEqual([200, 200]);
    expect(handler.stats().unauthorized).toBe(12);
  });

  it('takes no form of another site, no other method and no other path', async () => {
    const { handler, call } = setUp();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    const init = { method: 'POST', headers, body: '[]' };
    expect((await handler.fetch(new Request('http://a.example/api/v2/alerts', init))).status).toBe(
      415,
    );
    expect((await call('/alerts', 'DELETE')).status).toBe(405);
    expect((await call('/silence/x', 'POST', {})).status).toBe(405);
    expect((await call('/other')).status).toBe(404);
    expect((await call('/alerts', 'POST', {})).status).toBe(400);
    expect((await call('/receivers')).answer).toEqual([{ name: 'p' }, { name: 'default' }]);
    expect((await call('/status')).answer).toMatchObject({
      cluster: { status: 'disabled' },
      versionInfo: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
    });
  });

  it.each<[object, string]>([
    [{}, 'token: is needed, or allowUnauthenticated: true'],
    [{ allowUnauthenticated: false }, 'token: is needed'],
    [{ token: 'short' }, 'token: must be a secret of at least 16 characters'],
    [{ token, resolveTimeout: 'soon' }, 'resolveTimeout'],
    [{ token, path: 'x' }, 'path: must be a path'],
    [{ token, maxListed: 0 }, 'maxListed'],
    [{ token, tokens: [] }, 'tokens: unknown key'],
  ])('is refused at construction when it cannot work: %j', (options, message) => {
    const alerting = new AlertingSystem({ channels: [] });
    const make = () => alertmanagerHandler({ alerting, ...options });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
    expect(make).not.toThrow('short');
  });
});
