import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  anthropicCases,
  observeOutcome,
  startAnthropicServer,
  type ModelServer,
} from '../src/index.js';

let server: ModelServer;
beforeAll(async () => {
  server = await startAnthropicServer();
});
afterAll(() => server.close());

const newClient = (): Anthropic =>
  new Anthropic({ baseURL: server.url, apiKey: 'k', maxRetries: 0, logLevel: 'off' });

it.each(anthropicCases)('$name: comes out the same each time', async ({ run, ends }) => {
  const first = await observeOutcome(() => run(newClient()));
  expect(await observeOutcome(() => run(newClient()))).toEqual(first);
  if (ends === undefined) expect(first).toHaveProperty('result');
});
