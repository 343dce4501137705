import { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { googleCases, observeOutcome, startGoogleServer, type ModelServer } from '../src/index.js';

let server: ModelServer;
beforeAll(async () => {
  server = await startGoogleServer();
});
afterAll(() => server.close());

const newClient = (): GoogleGenAI =>
  new GoogleGenAI({
    apiKey: 'k',
    httpOptions: { baseUrl: server.url, retryOptions: { attempts: 1 } },
  });

it.each(googleCases)('$name: comes out the same each time', async ({ run, ends }) => {
  const first = await observeOutcome(() => run(newClient()));
  expect(await observeOutcome(() => run(newClient()))).toEqual(first);
  if (ends === undefined) expect(first).toHaveProperty('result');
});
