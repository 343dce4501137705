import { expect, it } from 'vitest';
import { startRecordingReceiver } from '../../src/alerting/recording-receiver.js';

it('records every request whole, whether it takes it, and when it answered', async () => {
  let status = 204;
  const told: string[] = [];
  const receiver = await startRecordingReceiver({
    answer: () => ({ status, delayMillis: 20 }),
    onRequest: ({ body, answeredAt }) => told.push(`got ${body} ${String(answeredAt)}`),
    onAnswer: ({ body }) => told.push(`answered ${body}`),
  });
  const post = (body: string) => fetch(receiver.url('chat'), { method: 'POST', body });
  expect((await post('one')).status).toBe(204);
  status = 503;
  expect((await post('two')).status).toBe(503);
  const seen = receiver.requests.map(({ channel, body, taken }) => ({ channel, body, taken }));
  expect(seen).toEqual([
    { channel: 'chat', body: 'one', taken: true },
    { channel: 'chat', body: 'two', taken: false },
  ]);
  for (const { at, answeredAt } of receiver.requests) {
    expect(answeredAt! - at).toBeGreaterThan(15);
  }
  expect(told).toEqual(['got one null', 'answered one', 'got two null', 'answered two']);
  await receiver.close();
});

it('does not count as answered what nobody waits for any more', async () => {
  const receiver = await startRecordingReceiver({
    answer: () => ({ status: 204, delayMillis: 200 }),
  });
  const controller = new AbortController();
  const gone = fetch(receiver.url('chat'), {
    method: 'POST',
    body: 'x',
    signal: controller.signal,
  }).catch(() => 'gone');
  await expect.poll(() => receiver.requests.length).toBe(1);
  controller.abort();
  expect(await gone).toBe('gone');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(receiver.requests[0]).toMatchObject({ taken: true, answeredAt: null });
  await receiver.close();
});
