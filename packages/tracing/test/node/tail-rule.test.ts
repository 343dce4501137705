import { context, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setupTracing, type Tracing, type SetupTracingOptions } from '../../src/node.js';
import { traceTree } from '../../src/testing.js';

let tracing: Tracing;
let memory: InMemorySpanExporter;
beforeEach(() => {
  memory = new InMemorySpanExporter();
});
afterEach(() => tracing.shutdown());

function setUp(alwaysKeep: SetupTracingOptions['alwaysKeep'], sampleRatio = 0): void {
  tracing = setupTracing({
    serviceName: 's',
    instrumentations: [],
    exporter: memory,
    sampleRatio,
    alwaysKeep,
  });
}
const start = (name: string, parent?: Span, startTime?: number): Span =>
  tracing.tracer.startSpan(
    name,
    startTime === undefined ? {} : { startTime },
    parent === undefined ? context.active() : trace.setSpan(context.active(), parent),
  );
async function kept(): Promise<string> {
  await tracing.forceFlush();
  return traceTree(memory.getFinishedSpans());
}

describe('the tail rule', () => {
  it('keeps the whole of a trace in which a span failed, and nothing of the others', async () => {
    setUp(true);
    for (const name of ['good', 'bad']) {
      const root = start(name);
      const child = start(`child of ${name}`, root);
      start(`before in ${name}`, child).end();
      if (name === 'bad') child.setStatus({ code: SpanStatusCode.ERROR });
      child.end();
      start(`after in ${name}`, root).end();
      root.end();
    }
    expect(await kept()).toBe('bad\n  after in bad\n  child of bad !\n    before in bad');
    expect(tracing.stats().alwaysKeep).toEqual({ waiting: 0, kept: 1, discarded: 1, evicted: 0 });
    expect(tracing.stats()).toMatchObject({ exported: 4, dropped: 0 });
  });

  it('keeps what was slow as a whole', async () => {
    setUp({ errors: false, slowerThanMillis: 100 });
    const slow = start('slow', undefined, Date.now() - 200);
    start('part', slow).end();
    slow.end();
    const failed = start('failed');
    // A part that was slow makes no slow request.
    start('part', failed, Date.now() - 200).end();
    failed.setStatus({ code: SpanStatusCode.ERROR }).end();
    expect(await kept()).toBe('slow\n  part');
  });

  it('takes in spans that end after the first one has, if the trace was kept', async () => {
    setUp(true);
    const [bad, good] = [start('bad'), start('good')];
    const [late, lost] = [start('late', bad), start('lost', good)];
    bad.setStatus({ code: SpanStatusCode.ERROR }).end();
    good.end();
    late.end();
    lost.end();
    expect(await kept()).toBe('bad !\n  late');
    expect(tracing.stats().alwaysKeep).toMatchObject({ waiting: 0 });
  });

  it('holds no more than it may: the oldest trace is given up, and counted', async () => {
    setUp({ maxWaitingSpans: 10 });
    const hanging = start('hanging');
    for (let i = 0; i < 8; i++) start('old', hanging).end();
    const recent = start('recent');
    for (let i = 0; i < 5; i++) start('new', recent).end();
    expect(tracing.stats().alwaysKeep).toMatchObject({ waiting: 5, evicted: 1 });
    recent.setStatus({ code: SpanStatusCode.ERROR }).end();
    hanging.end();
    expect(await kept()).toBe(['recent !', ...Array<string>(5).fill('  new')].join('\n'));
    // Traces without a finished span are bounded as well.
    for (let i = 0; i < 100; i++) start('open');
    expect(tracing.stats().alwaysKeep!.evicted).toBeGreaterThanOrEqual(90);
  });

  it('leaves what is sampled alone', async () => {
    setUp(true, 1);
    start('sampled').end();
    expect(await kept()).toBe('sampled');
    expect(tracing.stats().alwaysKeep).toMatchObject({ kept: 0, discarded: 0 });
  });

  it('without it, what is not sampled is not recorded', async () => {
    setUp(false);
    const span = start('bad');
    expect(span.isRecording()).toBe(false);
    span.setStatus({ code: SpanStatusCode.ERROR }).end();
    expect(await kept()).toBe('');
  });
});
