import { setImmediate as tick, setTimeout as sleep } from 'node:timers/promises';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { beforeEach, describe, expect, it } from 'vitest';
import { getCorrelationId, withCorrelationId } from '../../src/index.js';
import { SpanQueue } from '../../src/node/span-queue.js';

interface Export {
  readonly numbers: readonly number[];
  readonly done: () => void;
}

let exports: Export[];
let correlationIds: unknown[];
beforeEach(() => {
  exports = [];
  correlationIds = [];
});

function queueOf(concurrency: number, intervalMillis = 10_000): SpanQueue {
  const [own, ownIds] = [exports, correlationIds];
  return new SpanQueue({
    export: (spans, done) => {
      ownIds.push(getCorrelationId());
      own.push({
        numbers: spans.map((span) => Number(span.name)),
        done: () => done({ code: 0 }),
      });
    },
    concurrency,
    batchSize: 10,
    intervalMillis,
  });
}
const add = (queue: SpanQueue, from: number, to: number): void => {
  for (let i = from; i < to; i++) queue.add({ name: String(i) } as ReadableSpan);
};
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
const ticks = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await tick();
};

describe('a queue of spans', () => {
  it('exports full batches after the tick, as many at once as the exporter bears, in order', async () => {
    const queue = queueOf(2);
    add(queue, 0, 35);
    expect(exports).toEqual([]);
    await ticks(5);
    expect(exports.map(({ numbers }) => numbers)).toEqual([range(0, 10), range(10, 20)]);
    exports[1]?.done();
    await ticks(3);
    expect(exports[2]?.numbers).toEqual(range(20, 30));
    exports[0]?.done();
    exports[2]?.done();
    await ticks(3);
    // Five are no batch: they wait for the clock.
    expect(exports).toHaveLength(3);
  });

  it('exports what waits when the time has come', async () => {
    const queue = queueOf(2, 20);
    add(queue, 0, 3);
    await ticks(3);
    expect(exports).toEqual([]);
    await sleep(40);
    expect(exports.map(({ numbers }) => numbers)).toEqual([range(0, 3)]);
    exports[0]?.done();
    add(queue, 3, 4);
    await sleep(40);
    expect(exports[1]?.numbers).toEqual([3]);
  });

  it('spans that came during an export wait no longer than others', async () => {
    const queue = queueOf(1, 20);
    add(queue, 0, 10);
    await ticks(3);
    add(queue, 10, 12);
    await sleep(40);
    exports[0]?.done();
    await ticks(2);
    expect(exports[1]?.numbers).toEqual([10, 11]);
  });

  it('a flush ends when all that was there is settled, whatever comes meanwhile', async () => {
    const queue = queueOf(2);
    add(queue, 0, 25);
    let flushed = false;
    const flush = queue.flush().then(() => (flushed = true));
    add(queue, 25, 60);
    await ticks(3);
    expect(exports.map(({ numbers }) => numbers.length)).toEqual([10, 10]);
    exports[1]?.done();
    await ticks(3);
    exports[2]?.done();
    await ticks(3);
    // The very first batch is still under way.
    expect(flushed).toBe(false);
    exports[0]?.done();
    await flush;
    expect(exports[2]?.numbers.slice(0, 5)).toEqual(range(20, 25));
  });

  it('a flush of nothing ends at once', async () => {
    await queueOf(1).flush();
    expect(exports).toEqual([]);
  });

  it('exports outside of the request that made the spans', async () => {
    const queue = queueOf(2);
    withCorrelationId('a', () => add(queue, 0, 10));
    await ticks(3);
    void withCorrelationId('b', () => {
      add(queue, 10, 11);
      return queue.flush();
    });
    expect(correlationIds).toEqual([undefined, undefined]);
  });

  it('loses none of many thousands, and none twice', async () => {
    const queue = queueOf(3);
    for (let i = 0; i < 50; i++) {
      add(queue, i * 1000, (i + 1) * 1000);
      await tick();
      for (const each of exports) each.done();
    }
    const flush = queue.flush();
    const timer = setInterval(() => exports.forEach(({ done }) => done()), 1);
    await flush;
    clearInterval(timer);
    const numbers = exports.flatMap((each) => each.numbers);
    expect(numbers).toEqual(range(0, 50_000));
  });
});
