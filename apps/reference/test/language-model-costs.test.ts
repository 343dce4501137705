import { startOpenAIServer, type Fault } from 'model-servers';
import { startPostgres } from 'test-services';
import { expect, it, onTestFinished } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

const finding = { category: 'email_address', confidence: 0.9, quote: '' };
const good = JSON.stringify({ findings: [finding] });

/** The service with a language model beside it, whose answers and faults can be changed. */
async function startWithModel() {
  const next: { answer: string; fault: Fault | undefined } = { answer: good, fault: undefined };
  const model = await startOpenAIServer({ answer: () => next.answer, fault: () => next.fault });
  onTestFinished(() => model.close());
  const postgres = await startPostgres();
  const app = await startApp(['--no-traffic'], {
    DATABASE_URL: postgres.url,
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_MODEL: 'gpt-4o-mini',
    OPENAI_TIMEOUT_SECONDS: '2',
  });
  return { app, model, next };
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

it('asks the language model by a stream, and shows what it took on the page and among the metrics', async () => {
  const { app, model, next } = await startWithModel();
  next.fault = 'slow-300';
  for (const text of ['one', 'two']) {
    const response = await app.post('/map', { text });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ findings: [{ detector: 'language_model' }] });
  }
  expect(model.requests[0]?.body).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
  await expect
    .poll(async () => (await stateOf(app))['languageModel'], { timeout: 10_000 })
    .toMatchObject({ calls: 2, inputTokens: 24, outputTokens: 10, streams: 2 });
  const { languageModel, detectors } = await stateOf(app);
  expect(detectors).toMatchObject({ language_model: 'gpt-4o-mini' });
  const { costUsd, firstChunkSeconds } = languageModel as Record<string, number>;
  expect(costUsd).toBeGreaterThan(0);
  expect(firstChunkSeconds).toBeGreaterThan(0.5);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toMatch(
    /^gen_ai_client_operation_time_to_first_chunk_seconds_count{[^}]*gpt-4o[^}]*} 2$/m,
  );
  expect(metrics).toMatch(/^gen_ai_client_token_usage\w*_sum{[^}]*input[^}]*} 24$/m);
}, 120_000);

it('answers with a clear error, records it and never hangs when the language model fails', async () => {
  const { app, next } = await startWithModel();
  const faults: readonly (Fault | 'malformed')[] = [
    'status-429',
    'status-500',
    'garbage',
    'cut',
    'truncate',
    'error-event',
    'bad-chunk',
    'hang',
    'silence',
    'slow-60000',
    'malformed',
  ];
  for (const fault of faults) {
    next.fault = fault === 'malformed' ? undefined : fault;
    next.answer = fault === 'malformed' ? '{"findings": [' : good;
    const begun = performance.now();
    const response = await app.post('/map', { text: 'My number is 219-09-9999' });
    expect(performance.now() - begun, fault).toBeLessThan(10_000);
    expect(response.status, fault).toBe(503);
    const answer = await response.json();
    expect(answer, fault).toMatchObject({
      error: 'detection failed',
      detectors: ['language_model'],
    });
    expect(JSON.stringify(answer), fault).not.toContain('219-09-9999');
  }
  next.fault = undefined;
  next.answer = good;
  expect((await app.post('/map', { text: 'again' })).status).toBe(200);

  const failures = app.logs().filter(({ message }) => message === 'detection failed');
  expect(failures).toHaveLength(faults.length);
  expect(JSON.stringify(app.logs())).not.toContain('219-09-9999');
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  const errors =
    /^detector_requests_total{detector_type="language_model",.*status="error"} (\d+)$/m;
  expect(Number(errors.exec(metrics)?.[1])).toBe(faults.length);
  const types = metrics.matchAll(
    /^gen_ai_client_operation_duration\w*_count{.*error_type="([^"]+)"/gm,
  );
  expect(new Set([...types].map(([, type]) => type)).size).toBeGreaterThan(3);
}, 180_000);
