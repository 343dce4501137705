import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

/** An OpenAI-compatible API that finds an e-mail address in everything, for so many tokens. */
async function startModel(): Promise<string> {
  const finding = { category: 'email_address', confidence: 0.9, quote: '' };
  const answer = {
    id: '1',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: JSON.stringify({ findings: [finding] }) },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 },
  };
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** The state of the page as the first event of its stream tells it. */
async function stateOf(app: RunningApp): Promise<Record<string, unknown>> {
  const { body } = await fetch(`${app.url}/live`);
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
  return (JSON.parse(data) as { state: Record<string, unknown> }).state;
}

it('shows what the language model took', async () => {
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    OPENAI_BASE_URL: await startModel(),
    OPENAI_MODEL: 'gpt-4o-mini',
  });
  for (const text of ['one', 'two']) {
    const response = await app.post('/map', { text });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ findings: [{ detector: 'language_model' }] });
  }
  await expect
    .poll(async () => (await stateOf(app))['languageModel'], { timeout: 10_000 })
    .toMatchObject({ calls: 2, inputTokens: 2000, outputTokens: 40, callsOfUnknownCost: 0 });
  const { languageModel, detectors } = await stateOf(app);
  expect(detectors).toMatchObject({ language_model: 'gpt-4o-mini' });
  expect((languageModel as { costUsd: number }).costUsd).toBeGreaterThan(0);
}, 120_000);
