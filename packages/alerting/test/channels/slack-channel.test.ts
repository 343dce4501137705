import { afterEach, describe, expect, it } from 'vitest';
import {
  AlertingConfigError,
  AlertingSystem,
  slackChannel,
  type SlackChannelOptions,
} from '../../src/index.js';
import { startReceiver } from '../receiver.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Message {
  channel?: string;
  text: string;
  blocks: {
    type: string;
    text?: { text: string };
    elements?: { action_id?: string; value?: string; url?: string }[];
  }[];
}

async function setUp(
  answer: Parameters<typeof startReceiver>[0],
  options: Partial<SlackChannelOptions> = {},
) {
  const receiver = await startReceiver(answer);
  cleanups.push(receiver.stop);
  const rate = { count: 100, intervalMillis: 1000 };
  const system = new AlertingSystem({
    channels: [slackChannel({ url: receiver.url, rate, ...options })],
    retry: { minMillis: 20, maxMillis: 50 },
  });
  cleanups.push(() => system.stop(100));
  const messages = () => receiver.received.map(({ body }) => body as unknown as Message);
  return { ...receiver, system, messages };
}

describe('Slack', () => {
  it('gets a message whose buttons carry the episode and the alert, as an app with a token', async () => {
    const { system, messages, received } = await setUp((response) => response.end('{"ok":true}'), {
      token: 'xoxb-1',
      channel: 'C1',
      link: ({ key }) => `https://a.example/${key}`,
    });
    await system.raise({ key: 'k', labels: { service: 's' } });
    await system.flush();
    expect(received[0]!.headers['authorization']).toBe('Bearer xoxb-1');
    const message = messages()[0]!;
    expect(message.channel).toBe('C1');
    const elements = message.blocks.find(({ type }) => type === 'actions')!.elements;
    const value = '1:k{service="s"}';
    expect(elements).toMatchObject([
      { action_id: 'llm_alerting_acknowledge', value },
      { action_id: 'llm_alerting_resolve', value },
      { action_id: 'llm_alerting_open', url: 'https://a.example/k' },
    ]);
    await system.resolve({ key: 'k', labels: { service: 's' } });
    await system.flush();
    expect(messages()[1]!.blocks.some(({ type }) => type === 'actions')).toBe(false);
  });

  it('gets text that mentions nobody, within its limits, whatever the alert says', async () => {
    const { system, messages } = await setUp((response) => response.end('ok'));
    await system.raise({
      key: 'k',
      annotations: { summary: `<!channel> & <https://evil.example|x> ${'<'.repeat(4000)}` },
    });
    await system.flush();
    const { text, blocks } = messages()[0]!;
    for (const shown of [text, blocks[0]!.text!.text]) {
      expect(shown).toContain('&lt;!channel&gt; &amp; &lt;https');
      expect(shown).not.toMatch(/[<>]/);
      expect(shown.length).toBeLessThanOrEqual(3000);
      expect(shown).toMatch(/&lt;…$/);
    }
  });

  it('that says 200 and refuses is tried again, and the reason recorded', async () => {
    const { system, received } = await setUp(
      (response, count) =>
        response.end(count === 1 ? '{"ok":false,"error":"not_in_channel"}' : '{"ok":true}'),
      { token: 't', channel: 'C1' },
    );
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(2);
    const { items } = await system.history('k');
    expect(items[1]?.cause.note).toBe('refused (not_in_channel)');
  });

  it.each([
    ['an app', '{"ok":false,"error":"invalid_blocks"}', 200, { token: 't', channel: 'C1' }],
    ['a webhook', 'invalid_blocks', 400, {}],
  ])('that refuses the blocks of %s gets the text alone', async (_, refusal, status, options) => {
    const { system, messages } = await setUp((response, count) => {
      if (count === 1) response.writeHead(status).end(refusal);
      else response.end('{"ok":true}');
    }, options);
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(messages()).toHaveLength(2);
    expect(messages()[1]).not.toHaveProperty('blocks');
    expect(messages()[1]!.text).toBe('[ALERT medium] k: alert');
    expect((await system.stats()).channels['slack']).toMatchObject({ delivered: 1, failed: 0 });
  });

  it('that will never take a message loses it, recorded and counted', async () => {
    const { system } = await setUp((response) => response.writeHead(400).end('no_text'));
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect((await system.stats()).channels['slack']).toMatchObject({ delivered: 0, abandoned: 1 });
    const { items } = await system.history('k');
    expect(items[0]).toMatchObject({
      event: 'abandoned',
      cause: { note: 'answered 400, no_text' },
    });
  });

  it('that has lost the webhook is asked again, until somebody has put it right', async () => {
    const { system, received } = await setUp((response, count) =>
      count < 3 ? response.writeHead(404).end('no_service') : response.end('ok'),
    );
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(received).toHaveLength(3);
  });

  it('gets its page without a link when the link cannot be made', async () => {
    const { system, messages } = await setUp((response) => response.end('ok'), {
      link: () => {
        throw new Error('no link');
      },
    });
    await system.raise({ key: 'k' });
    await system.flush();
    expect(messages()[0]!.blocks.some(({ type }) => type === 'actions')).toBe(false);
  });

  it('that answers 429 is left alone until its Retry-After has passed', async () => {
    const { system, received } = await setUp((response, count) => {
      if (count === 1) response.writeHead(429, { 'retry-after': '1' });
      response.end('ok');
    });
    await system.raise({ key: 'k' });
    expect(await system.flush()).toEqual({ undelivered: 0 });
    expect(received[1]!.at - received[0]!.at).toBeGreaterThanOrEqual(990);
  });

  it('gets one message a second by default', () => {
    const channel = slackChannel({ url: 'https://hooks.slack.com/services/x' });
    expect(channel.rate).toEqual({ count: 1, intervalMillis: 1000 });
  });

  it('shows the first of a large group and counts the rest within 50 blocks', async () => {
    const receiver = await startReceiver();
    cleanups.push(receiver.stop);
    const system = new AlertingSystem({
      channels: [slackChannel({ url: receiver.url, buttons: true })],
      policies: {
        policies: [{ name: 'g', channels: ['slack'], groupBy: ['type'], groupWait: '50ms' }],
      },
    });
    cleanups.push(() => system.stop(100));
    const annotations = { description: 'd'.repeat(4000) };
    for (let index = 0; index < 40; index += 1) {
      await system.raise({ key: `k${index}`, annotations });
    }
    await system.flush();
    const { blocks } = receiver.received[0]!.body as unknown as Message;
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.at(-1)!.text!.text).toBe('and 28 more');
  });

  it.each<[SlackChannelOptions, string]>([
    [{}, 'slack: needs the url'],
    [{ token: 't' }, 'slack.channel: must be given'],
    [{ token: 'a\nb', channel: 'C' }, 'slack.token: must be a token'],
    [{ url: 'https://x.example', allowedHosts: ['hooks.slack.com'] }, 'is not allowed'],
  ])('is refused at construction when it cannot work: %j', (options, message) => {
    expect(() => slackChannel(options)).toThrow(AlertingConfigError);
    expect(() => slackChannel(options)).toThrow(message);
  });
});
