import { afterEach, describe, expect, it } from 'vitest';
import { acknowledgementHandler, AlertingSystem, slackChannel } from '../../src/index.js';
import { startReceiver } from '../receiver.js';
import { recordingChannel } from '../recording-channel.js';
import { serve } from '../served.js';
import { slackClick, slackRequest } from './signed-requests.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Block {
  type: string;
  block_id?: string;
  elements?: { action_id?: string; text?: unknown }[];
}

interface Answer {
  replace_original: boolean;
  text: string;
  blocks?: Block[];
  response_type?: string;
}

async function setUp(answer?: Parameters<typeof startReceiver>[0]) {
  const slack = await startReceiver(answer);
  cleanups.push(slack.stop);
  const alerting = new AlertingSystem({ channels: [recordingChannel().channel] });
  cleanups.push(() => alerting.stop(10));
  const errors: Error[] = [];
  const handler = acknowledgementHandler({
    alerting,
    slack: { signingSecret: 's3cret', allowedHosts: ['127.0.0.1'] },
    onError: (error) => errors.push(error),
  });
  const server = await serve((request, response) => handler(request, response));
  cleanups.push(server.stop);
  const post = (init: RequestInit) => fetch(`${server.url}/acknowledge/slack`, init);
  const answers = () => slack.received.map(({ body }) => body as unknown as Answer);
  return { slack, alerting, handler, post, errors, answers };
}

describe('a click in Slack', () => {
  it('acknowledges, and takes the button out of the message that it was on', async () => {
    const { slack, alerting, post, answers, handler } = await setUp();
    // The message as the channel sends it; Slack gives blocks their ids.
    const sent = await startReceiver();
    cleanups.push(sent.stop);
    const sender = new AlertingSystem({
      channels: [slackChannel({ url: sent.url, buttons: true })],
    });
    cleanups.push(() => sender.stop(10));
    await sender.raise({ key: 'k' });
    await sender.flush();
    const { text, blocks } = sent.received[0]!.body as unknown as { text: string; blocks: Block[] };
    const message = {
      text,
      blocks: blocks.map((block, index) => ({ ...block, block_id: `b${index}` })),
    };
    const clicked = message.blocks.find(({ type }) => type === 'actions')!;
    const button = clicked.elements![0] as { action_id: string; value: string };

    await alerting.raise({ key: 'k' });
    const body = slackClick(button.value, {
      actions: [{ ...button, block_id: clicked.block_id }],
      message,
      response_url: slack.url,
    });
    const response = await post(slackRequest(body, 's3cret'));
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await alerting.alert('k')).toMatchObject({
      status: 'acknowledged',
      acknowledgedBy: 'ann (Slack)',
    });
    await expect.poll(() => answers().length).toBe(1);
    const [answer] = answers();
    expect(answer).toMatchObject({ replace_original: true, text });
    const actions = answer!.blocks!.flatMap(({ type, elements }) =>
      type === 'actions' ? elements! : [],
    );
    expect(actions.map(({ action_id: id }) => id)).toEqual(['llm_alerting_resolve']);
    expect(JSON.stringify(answer!.blocks)).toContain('Acknowledged by <@U123>');
    expect(handler.stats()).toMatchObject({ acknowledged: 1, answersLost: 0 });
  });

  it('on Resolve resolves, and leaves no buttons', async () => {
    const { slack, alerting, post, answers } = await setUp();
    await alerting.raise({ key: 'k' });
    const message = {
      text: 't',
      blocks: [
        { type: 'actions', block_id: 'b1', elements: [{ action_id: 'llm_alerting_resolve' }] },
        { type: 'actions', block_id: 'b2', elements: [{ action_id: 'llm_alerting_resolve' }] },
      ],
    };
    const body = slackClick('1:k', { message, response_url: slack.url }, 'resolve');
    expect((await post(slackRequest(body, 's3cret'))).status).toBe(200);
    expect((await alerting.alert('k'))?.status).toBe('resolved');
    await expect.poll(() => answers().length).toBe(1);
    // The other alert of the group keeps its own.
    expect(answers()[0]!.blocks!.map(({ type, block_id: id }) => [type, id])).toEqual([
      ['context', undefined],
      ['actions', 'b2'],
    ]);
  });

  it('that comes too late says so and changes nothing', async () => {
    const { slack, alerting, post, answers, handler } = await setUp();
    await alerting.raise({ key: 'k' });
    await alerting.acknowledge('k', { by: '<bob>' });
    const click = (value: string) =>
      post(slackRequest(slackClick(value, { response_url: slack.url }), 's3cret'));
    expect((await click('1:k')).status).toBe(200);
    await alerting.resolve('k');
    await alerting.raise({ key: 'k' });
    expect((await click('1:k ')).status).toBe(200);
    const late = slackClick('1:k', { response_url: slack.url, trigger_id: '2' });
    expect((await post(slackRequest(late, 's3cret'))).status).toBe(200);
    expect(await alerting.alert('k')).toMatchObject({ status: 'firing', episode: 2 });
    await expect.poll(() => answers().length).toBe(3);
    expect(answers().map(({ text, response_type: type }) => [type, text])).toEqual([
      ['ephemeral', 'Already acknowledged by &lt;bob&gt;: nothing was changed.'],
      ['ephemeral', 'This incident is over: nothing was changed.'],
      ['ephemeral', 'This incident is over: nothing was changed.'],
    ]);
    expect(handler.stats()).toMatchObject({ unchanged: 3, acknowledged: 0 });
  });

  it('that is forged, old, or sent again is refused', async () => {
    const { alerting, post, handler } = await setUp();
    await alerting.raise({ key: 'k' });
    const body = slackClick('1:k');
    const status = async (init: RequestInit) => (await post(init)).status;
    const seconds = Math.floor(Date.now() / 1000);
    expect(await status(slackRequest(body, 'wrong'))).toBe(401);
    expect(await status({ ...slackRequest(body, 's3cret'), body: `${body}&a=1` })).toBe(401);
    expect(await status(slackRequest(body, 's3cret', seconds - 302))).toBe(401);
    expect(await status(slackRequest(body, 's3cret', seconds + 330))).toBe(401);
    expect(await status({ method: 'POST', body })).toBe(401);
    expect((await alerting.alert('k'))?.status).toBe('firing');
    const good = slackRequest(body, 's3cret');
    expect(await status(good)).toBe(200);
    expect(await status(good)).toBe(409);
    expect(handler.stats()).toMatchObject({ acknowledged: 1, refused: 6 });
  });

  it('is answered to no host but those allowed, and to no redirect', async () => {
    const target = await startReceiver();
    cleanups.push(target.stop);
    const { slack, alerting, post, errors, handler } = await setUp((response) =>
      response.writeHead(302, { location: target.url }).end(),
    );
    await alerting.raise({ key: 'k' });
    const elsewhere = target.url.replace('127.0.0.1', 'localhost');
    await post(slackRequest(slackClick('1:k', { response_url: elsewhere }), 's3cret'));
    await post(slackRequest(slackClick('1:k', { response_url: slack.url }), 's3cret'));
    await expect.poll(() => handler.stats().answersLost).toBe(2);
    expect(errors.map(({ message }) => message).sort()).toEqual([
      'answered 302, a redirect, which is not followed',
      'slack.response_url: its host is not allowed (allowed: 127.0.0.1), got "' +
        `${new URL(elsewhere).host}"`,
    ]);
    expect(target.received).toEqual([]);
    expect((await alerting.alert('k'))?.status).toBe('acknowledged');
  });

  it.each([
    ['another button', slackClick('1:k', { actions: [{ action_id: 'llm_alerting_open' }] })],
    ['another kind', slackClick('1:k', { type: 'view_submission' })],
    ['a value that is none of ours', slackClick('k')],
  ])('that is about %s changes nothing', async (_, body) => {
    const { alerting, post, handler } = await setUp();
    await alerting.raise({ key: 'k' });
    expect((await post(slackRequest(body, 's3cret'))).status).toBe(200);
    expect((await alerting.alert('k'))?.status).toBe('firing');
    expect(handler.stats().ignored).toBe(1);
  });

  it('is answered in time while the store is slow, and takes effect all the same', async () => {
    const { alerting } = await setUp();
    await alerting.raise({ key: 'k' });
    let letGo: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const handler = acknowledgementHandler({
      alerting: {
        acknowledge: (...args) => held.then(() => alerting.acknowledge(...args)),
        resolve: (...args) => alerting.resolve(...args),
        alert: (...args) => alerting.alert(...args),
        active: (...args) => alerting.active(...args),
      },
      slack: { signingSecret: 's3cret' },
    });
    const request = new Request('http://a.example/acknowledge/slack', {
      ...slackRequest(slackClick('1:k'), 's3cret'),
    });
    const begun = performance.now();
    expect((await handler.fetch(request)).status).toBe(200);
    expect(performance.now() - begun).toBeLessThan(3000);
    expect((await alerting.alert('k'))?.status).toBe('firing');
    letGo!();
    await expect.poll(async () => (await alerting.alert('k'))?.status).toBe('acknowledged');
  });

  it('that meets a store which cannot be reached is told to have failed, in Slack too', async () => {
    const { slack, alerting, answers } = await setUp();
    const handler = acknowledgementHandler({
      alerting: {
        acknowledge: () => Promise.reject(new Error('down')),
        resolve: (...args) => alerting.resolve(...args),
        alert: (...args) => alerting.alert(...args),
        active: (...args) => alerting.active(...args),
      },
      slack: { signingSecret: 's3cret', allowedHosts: ['127.0.0.1'] },
    });
    const body = slackClick('1:k', { response_url: slack.url });
    const request = new Request('http://a.example/acknowledge/slack', {
      ...slackRequest(body, 's3cret'),
    });
    expect((await handler.fetch(request)).status).toBe(503);
    await expect.poll(() => answers().length).toBe(1);
    expect(answers()[0]).toMatchObject({ replace_original: false, response_type: 'ephemeral' });
    expect(handler.stats().failed).toBe(1);
  });
});
