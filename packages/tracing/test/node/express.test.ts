import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startOtlpReceiver } from '../../src/testing.js';

it('an Express service gets one span a request, named by its route, with the correlation id', async () => {
  const receiver = await startOtlpReceiver();
  const child = fork(new URL('../fixtures/express-service.js', import.meta.url), {
    env: { PATH: process.env['PATH'], OTLP_URL: receiver.url },
    execArgv: [],
  });
  const exited = once(child, 'exit');
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const url = `http://127.0.0.1:${port}`;
  const headers = { 'content-type': 'application/json', 'x-correlation-id': 'cart-1' };
  const answer = await fetch(`${url}/items/7?q=1`, { method: 'POST', headers, body: '{"n":1}' });
  expect(await answer.json()).toEqual({ id: 'cart-1', body: { n: 1 } });
  expect((await fetch(`${url}/fail`, { headers })).status).toBe(500);
  expect((await fetch(`${url}/health`, { headers })).status).toBe(200);
  child.send('stop');
  const [stats] = (await once(child, 'message')) as [{ exported: number }];
  expect((await exited)[0]).toBe(0);
  expect(receiver.spans.map((span) => span.name)).toEqual(['POST /items/:id', 'GET /fail']);
  for (const span of receiver.spans) {
    expect(span.attributes['correlation_id']).toBe('cart-1');
    expect(span.kind).toBe(2);
  }
  expect(receiver.spans[0]?.attributes).toMatchObject({
    'http.route': '/items/:id',
    'http.response.status_code': 200,
  });
  expect(receiver.spans[1]?.statusCode).toBe(2);
  expect(stats.exported).toBe(2);
  await receiver.close();
});
