import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBusinessMetrics, createGenAiMetrics, createHttpMetrics } from '@llm/metrics';
import { expect, it, onTestFinished } from 'vitest';
import { confidenceCounts, requestCounts, spending } from '../../src/live/metric-sums.js';

it('counts the requests that are the work of the service, and those that failed', async () => {
  const http = createHttpMetrics({ routeOf: (request) => request.url });
  const server = createServer((request, response) => {
    http.middleware(request, response, () => undefined);
    response.writeHead(Number(request.headers['x-status'])).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  for (const [path, status] of [
    ['/map', 200],
    ['/map', 400],
    ['/map', 503],
    ['/map/batch', 200],
    ['/metrics', 500],
  ] as const) {
    await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-status': String(status) } });
  }
  await expect.poll(() => requestCounts(http)).toEqual({ requests: 4, errors: 1 });
});

it('counts mappings by confidence, over all frameworks', async () => {
  const metrics = createBusinessMetrics({ confidenceBuckets: [0.5, 0.8, 1] });
  expect(await confidenceCounts(metrics)).toEqual({ bounds: [], counts: [] });
  for (const [framework, confidence] of [
    ['SOC2', 0.1],
    ['GDPR', 0.5],
    ['GDPR', 0.79],
    ['HIPAA', 1],
  ] as const) {
    metrics.mappingConfidence.observe({ framework, category: 'any' }, confidence);
  }
  expect(await confidenceCounts(metrics)).toEqual({ bounds: [0.5, 0.8, 1], counts: [2, 1, 1] });
});

it('tells tokens, and how many calls have no known cost', async () => {
  const genAi = createGenAiMetrics({ subscribe: false });
  const record = (id: string, requestModel: string, usage: object | undefined) => ({
    version: 1,
    event: 'end',
    id,
    provider: 'openai',
    operation: 'chat',
    requestModel,
    durationMillis: 5,
    ...(usage !== undefined && { usage }),
  });
  expect(await spending(genAi)).toMatchObject({ calls: 0, costUsd: 0 });
  genAi.record(record('1', 'gpt-4o-mini', { inputTokens: 1_000_000, outputTokens: 10 }));
  genAi.record(record('2', 'a-model-of-ours', { inputTokens: 100, outputTokens: 20 }));
  genAi.record(record('3', 'gpt-4o-mini', undefined));
  const { costUsd, ...rest } = await spending(genAi);
  expect(rest).toEqual({
    calls: 3,
    inputTokens: 1_000_100,
    outputTokens: 30,
    callsOfUnknownCost: 2,
    streams: 0,
    firstChunkSeconds: 0,
  });
  expect(costUsd).toBeGreaterThan(0);
});
