import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startRedis } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpReceiver, traceTree, type OtlpReceiver } from '../src/testing.js';
import { eventually } from './eventually.js';

function start(name: string, env: Record<string, string>): ChildProcess {
  return fork(new URL(`fixtures/${name}.js`, import.meta.url), {
    env: { PATH: process.env['PATH'], ...env },
    execArgv: [],
  });
}

interface Completed {
  readonly completed: string;
  readonly id: string;
}

describe('two services and a queue of BullMQ, each a process', () => {
  let receiver: OtlpReceiver;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const completed: Completed[] = [];

  beforeAll(async () => {
    [receiver, redis] = await Promise.all([startOtlpReceiver(), startRedis()]);
    const env = { OTLP_URL: receiver.url, REDIS_PORT: new URL(redis.url).port };
    const stock = start('stock-service', env);
    const [{ port: stockPort }] = (await once(stock, 'message')) as [{ port: number }];
    const worker = start('queue-worker', {
      ...env,
      STOCK_URL: `http://127.0.0.1:${stockPort}/stock`,
    });
    await once(worker, 'message');
    worker.on('message', (message: Completed) => completed.push(message));
    const orders = start('queue-service', env);
    const [{ port }] = (await once(orders, 'message')) as [{ port: number }];
    await Promise.all(
      ['plain', 'failing'].map((name) =>
        fetch(`http://127.0.0.1:${port}/orders/${name}`, {
          method: 'POST',
          headers: { 'x-correlation-id': `order-${name}` },
        }),
      ),
    );
    await eventually(() => completed.length === 2, 'both jobs');
    for (const child of [orders, worker, stock]) {
      const exited = once(child, 'exit');
      child.send('stop');
      await exited;
    }
  }, 60_000);
  afterAll(() => Promise.all([receiver.close(), redis.stop()]));

  const treeOf = (name: string): string => {
    const root = receiver.spans.find(
      (span) =>
        span.service === 'orders' &&
        span.attributes['correlation_id'] === `order-${name}` &&
        span.parentSpanId === '',
    );
    const spans = receiver.spans.filter((span) => span.traceId === root?.traceId);
    return traceTree(spans, { attributes: ['correlation_id'] });
  };
  const id = (name: string): string => `[correlation_id="order-${name}"]`;

  it('make one trace, with the right parents and one correlation id', () => {
    expect(treeOf('plain')).toBe(
      [
        `POST /orders/:name ${id('plain')}`,
        `  enqueue ${id('plain')}`,
        `    work ${id('plain')}`,
        `      GET ${id('plain')}`,
        `        GET ${id('plain')}`,
      ].join('\n'),
    );
    expect(completed).toContainEqual({ completed: 'plain', id: 'order-plain' });
  });

  it('also when the first attempt fails: the second hangs under the same parent', () => {
    const attempt = [`      GET ${id('failing')}`, `        GET ${id('failing')}`];
    expect(treeOf('failing')).toBe(
      [
        `POST /orders/:name ${id('failing')}`,
        `  enqueue ${id('failing')}`,
        `    work ${id('failing')}`,
        ...attempt,
        `    work ${id('failing')} !`,
        ...attempt,
      ].join('\n'),
    );
    expect(completed).toContainEqual({ completed: 'failing', id: 'order-failing' });
  });
});
