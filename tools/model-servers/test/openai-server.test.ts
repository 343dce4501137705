import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeOutcome, openAICases, startOpenAIServer, type ModelServer } from '../src/index.js';

let server: ModelServer;
beforeAll(async () => {
  server = await startOpenAIServer();
});
afterAll(() => server.close());

const newClient = (): OpenAI =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'k', maxRetries: 0, logLevel: 'off' });

it.each(openAICases)('$name: comes out the same each time', async ({ run, ends }) => {
  const first = await observeOutcome(() => run(newClient()));
  expect(await observeOutcome(() => run(newClient()))).toEqual(first);
  if (ends === undefined) expect(first).toHaveProperty('result');
});

it('repeats the request in its error messages, as providers do', async () => {
  const messages = [{ role: 'user' as const, content: 'a secret' }];
  await expect(
    newClient().chat.completions.create(
      { model: 'm', messages },
      { headers: { 'x-fault': 'status-400' } },
    ),
  ).rejects.toThrow('a secret');
});

it('notices a client that leaves', async () => {
  const before = server.left;
  const stream = await newClient().chat.completions.create(
    { model: 'm', messages: [], stream: true },
    { headers: { 'x-fault': 'hang' } },
  );
  stream.controller.abort();
  await expect.poll(() => server.left).toBe(before + 1);
});
