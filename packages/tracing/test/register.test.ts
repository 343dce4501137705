import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startJaegerAgent, startOtlpReceiver } from '../src/testing.js';
import { eventually } from './eventually.js';

const root = fileURLToPath(new URL('..', import.meta.url));

async function start(env: Record<string, string>): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(new URL('fixtures/bare-service.js', import.meta.url), {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env },
    execArgv: ['--import', '@llm/tracing/register'],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

it('node --import makes a service without code of its own traced, by the environment, ids and all', async () => {
  const [receiver, agent] = await Promise.all([startOtlpReceiver(), startJaegerAgent()]);
  const { child, url } = await start({
    FRAMEWORK: 'fastify',
    OTEL_SERVICE_NAME: 'orders',
    OTEL_RESOURCE_ATTRIBUTES: 'team=a',
    OTEL_TRACES_EXPORTER: 'otlp,jaeger',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url.replace('/v1/traces', ''),
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=k%201',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
    OTEL_EXPORTER_JAEGER_AGENT_PORT: String(agent.port),
    OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: '12',
  });
  const response = await fetch(`${url}/orders/7`, {
    headers: { 'x-correlation-id': 'order-7', 'user-agent': 'a-very-long-user-agent' },
  });
  expect(await response.json()).toEqual({ id: '7', ok: 'function' });
  expect(response.headers.get('x-correlation-id')).toBe('order-7');
  child.kill('SIGTERM');
  // Nobody else takes the signal, so the process ends by it, and what was queued has been sent.
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  await eventually(() => agent.count === 1, 'a span by UDP');
  expect(receiver.spans).toHaveLength(1);
  expect(receiver.spans[0]).toMatchObject({
    service: 'orders',
    name: 'GET /orders/:id',
    attributes: { correlation_id: 'order-7', 'user_agent.original': 'a-very-long-' },
  });
  expect(agent.spans[0]).toMatchObject({ name: 'GET /orders/:id', process: { team: 'a' } });
  expect(receiver.requests[0]?.headers).toMatchObject({
    'x-key': 'k 1',
    'content-encoding': 'gzip',
  });
  await Promise.all([receiver.close(), agent.close()]);
});

it('a service that takes the signal itself keeps it', async () => {
  const receiver = await startOtlpReceiver();
  const { child, url } = await start({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    HANDLES_SIGTERM: '1',
  });
  expect(await (await fetch(`${url}/a`)).text()).toBe('/a');
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(7);
  await receiver.close();
});

it('OTEL_SDK_DISABLED leaves ids, and no spans', async () => {
  const receiver = await startOtlpReceiver();
  const { child, url } = await start({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url,
    OTEL_SDK_DISABLED: 'true',
  });
  const response = await fetch(url, { headers: { 'x-correlation-id': 'order-7' } });
  expect(response.headers.get('x-correlation-id')).toBe('order-7');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  expect(receiver.requests).toEqual([]);
  await receiver.close();
});

it('a bad variable stops the start and is named', async () => {
  const child = fork(new URL('fixtures/bare-service.js', import.meta.url), {
    cwd: root,
    env: { PATH: process.env['PATH'], OTEL_TRACES_SAMPLER: 'sometimes' },
    execArgv: ['--import', '@llm/tracing/register'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(errors).toContain('OTEL_TRACES_SAMPLER: expected one of');
});
