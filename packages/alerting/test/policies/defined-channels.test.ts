import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  channelsOf,
  loadEscalationPolicies,
  verifyWebhook,
  type EscalationPolicies,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';
import { goodPolicies } from './policy-examples.js';

const env = {
  OPS_SECRET: 'sealed',
  OPS_TOKEN: 'Bearer t0ken',
  PLAIN_URL: 'http://127.0.0.1:1/x',
  SLACK_URL: 'http://127.0.0.1:1/y',
  SLACK_TOKEN: 'xoxb-1',
  PAGERDUTY_KEY: 'key',
  SMTP_PASSWORD: 'password',
};
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

describe('channels that a policy file defines', () => {
  it('are made in order, each under its name and paced as it says', () => {
    const channels = channelsOf(goodPolicies, { env });
    expect(channels.map(({ name }) => name)).toEqual(Object.keys(goodPolicies.channels!));
    expect(channels[1]).toMatchObject({
      timeoutMillis: 5000,
      concurrency: 2,
      rate: { count: 30, intervalMillis: 60_000 },
    });
    // What is not given has the default of its channel.
    expect(channels[3]).toMatchObject({ rate: { count: 1, intervalMillis: 1000 } });
    expect(channelsOf({ policies: [] })).toEqual([]);
  });

  it('deliver, sealed with what the environment holds', async () => {
    const receiver = await startReceiver();
    ends.push(receiver.stop);
    const text = `
channels:
  ops:
    type: webhook
    url: { env: OPS_URL }
    secret: { env: OPS_SECRET }
    headers: { authorization: { env: OPS_TOKEN } }
  lines: { type: log }
policies:
  - name: all
    channels: [ops, lines]
`;
    const lines: string[] = [];
    const write = (line: string): unknown => lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const policies = loadEscalationPolicies(text);
    const channels = channelsOf(policies, { env: { ...env, OPS_URL: receiver.url }, logger });
    const system = new AlertingSystem({ channels, policies });
    ends.push(() => system.stop());
    await system.raise({ key: 'k', annotations: { summary: 'too slow' } });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(lines).toEqual(['[ALERT medium] k: too slow']);
    const [received] = receiver.received;
    expect(received?.headers['authorization']).toBe('Bearer t0ken');
    const proof = {
      secret: 'sealed',
      body: received!.raw,
      timestamp: String(received!.headers['x-alert-timestamp']),
      signature: String(received!.headers['x-alert-signature']),
    };
    expect(verifyWebhook(proof)).toBe(true);
  });

  it('of every type speak to their receivers', async () => {
    const receiver = await startReceiver((response, _, { raw }) =>
      response.end(raw.includes('"channel"') ? '{"ok":true}' : 'ok'),
    );
    ends.push(receiver.stop);
    const url = receiver.url;
    const channels: EscalationPolicies['channels'] = {
      chat: { type: 'slack', url: { env: 'URL' } },
      app: { type: 'slack', url: { env: 'URL' }, token: { env: 'TOKEN' }, channel: 'C1' },
      pager: { type: 'pagerduty', url, routingKey: { env: 'KEY' }, source: 'mapper' },
      forward: { type: 'alertmanager', url, headers: { authorization: { env: 'TOKEN' } } },
    };
    const policies = { channels, policies: [{ name: 'all', channels: Object.keys(channels) }] };
    const system = new AlertingSystem({
      channels: channelsOf(policies, {
        env: { URL: url, TOKEN: 'xoxb-1', KEY: 'k3y' },
        link: ({ key }) => `https://alerts.example.com/${key}`,
      }),
      policies,
    });
    ends.push(() => system.stop());
    await system.raise({ key: 'k', annotations: { summary: 'too slow' } });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    const texts = receiver.received.map(({ headers, raw }) => JSON.stringify([headers, raw]));
    expect(texts).toHaveLength(4);
    const having = (...parts: string[]) =>
      texts.filter((one) => parts.every((p) => one.includes(p)));
    expect(having('k3y', 'mapper', 'alerts.example.com/k')).toHaveLength(1);
    expect(having('Bearer xoxb-1', 'C1', 'alerts.example.com/k')).toHaveLength(1);
    expect(having('"authorization":"xoxb-1"', 'startsAt')).toHaveLength(1);
    expect(having('blocks', 'too slow')).toHaveLength(2);
  });

  it.each<[string, EscalationPolicies['channels'], Record<string, string>]>([
    [
      'channels.a.secret: environment variable A_SECRET is not set',
      { a: { type: 'webhook', url: 'http://h/', secret: { env: 'A_SECRET' } } },
      {},
    ],
    [
      'channels.a.url: environment variable A_URL is not set',
      { a: { type: 'webhook', url: { env: 'A_URL' } } },
      { A_URL: '' },
    ],
    [
      'channels.a.url: must be a URL',
      { a: { type: 'webhook', url: { env: 'A_URL' } } },
      { A_URL: 's3cret' },
    ],
    [
      'channels.a.headers.x-token: environment variable A_TOKEN is not set',
      { a: { type: 'webhook', url: 'http://h/', headers: { 'x-token': { env: 'A_TOKEN' } } } },
      {},
    ],
    [
      'channels.a.headers.x-token: is not a header that can be sent',
      { a: { type: 'webhook', url: 'http://h/', headers: { 'x-token': { env: 'A_TOKEN' } } } },
      { A_TOKEN: 's3cret\nx' },
    ],
    [
      'channels.a.url: its host is not allowed',
      { a: { type: 'webhook', url: 'http://h/', allowedHosts: ['other'] } },
      {},
    ],
    [
      'channels.a.routingKey: must be an integration key',
      { a: { type: 'pagerduty', routingKey: { env: 'A_KEY' } } },
      { A_KEY: 's3cret with spaces' },
    ],
    [
      'channels.a.smtp.auth.pass: environment variable A_PASS is not set',
      {
        a: {
          type: 'email',
          from: 'a@example.com',
          to: 'a@example.com',
          smtp: { host: 'h', auth: { user: 'u', pass: { env: 'A_PASS' } } },
        },
      },
      {},
    ],
    ['channels.a.type: must be one of', { a: { type: 'pigeon' } as never }, {}],
  ])('are refused with the path and no value: %s', (message, channels, environment) => {
    const make = () => channelsOf({ channels: channels!, policies: [] }, { env: environment });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
    expect(make).not.toThrow('s3cret');
  });

  it('take their secrets from the process when no environment is given', () => {
    process.env['DEFINED_CHANNELS_URL'] = 'http://127.0.0.1:1/';
    try {
      const channels = { a: { type: 'webhook', url: { env: 'DEFINED_CHANNELS_URL' } } } as const;
      expect(channelsOf({ channels, policies: [] })).toHaveLength(1);
    } finally {
      delete process.env['DEFINED_CHANNELS_URL'];
    }
    expect(() => channelsOf(goodPolicies)).toThrow('OPS_SECRET is not set');
  });
});
