/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { setTimeout as sleep } from 'node:timers/promises';
import winston from 'winston';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llmContext } from '../../src/context.js';
import { addCorrelationId, createLogger } from '../../src/index.js';
import { collector } from '../collector.js';

describe('the ids of a line without an OpenTelemetry SDK', () => {
  it('are the request’s, and no trace', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    llmContext.run({ correlationId: 'c', tenantId: 't' }, () => logger.info('in'));
    logger.info('out');
    expect(out.lines()[0]).toMatchObject({ correlation_id: 'c', tenant_id: 't' });
    expect(out.lines()[0]).not.toHaveProperty('trace_id');
    expect(out.lines()[1]).not.toHaveProperty('correlation_id');
  });

  it('survive a context that is not what its type says', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    llmContext.run({ correlationId: 5, tenantId: '' } as never, () => logger.info('a'));
    llmContext.run(null as never, () => logger.info('b'));
    expect(out.lines().map((line) => line['correlation_id'])).toEqual([undefined, undefined]);
  });
});

describe('the ids of a line with the OpenTelemetry SDK', () => {
  const provider = new NodeTracerProvider();
  const tracer = provider.getTracer('test');
  beforeAll(() => provider.register());
  afterAll(async () => {
    trace.disable();
    context.disable();
    await provider.shutdown();
  });

  it('are those of the active span', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    tracer.startActiveSpan('op', (span) => {
      logger.info('in');
      const { traceId, spanId } = span.spanContext();
      expect(out.lines()[0]).toMatchObject({
        trace_id: traceId,
        span_id: spanId,
        trace_flags: '01',
      });
      span.end();
    });
  });

  it('tell what the flags of the trace are, on both ways and when only they change', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    for (const traceFlags of [1, 0, 3, 255, undefined, 256, -1, 'x']) {
      const span = trace.wrapSpanContext({ ...ids, traceFlags: traceFlags as number });
      context.with(trace.setSpan(context.active(), span), () => {
        logger.info('plain');
        logger.info('careful %s', 'way');
      });
    }
    const flags = ['01', '00', '03', 'ff', undefined, undefined, undefined, undefined];
    expect(out.lines().map((line) => line['trace_flags'])).toEqual(
      flags.flatMap((text) => [text, text]),
    );
    expect(out.raw()[0]).toMatch(/"span_id":"b{16}","trace_flags":"01"}$/);
  });

  it('leave out a span whose context is not valid', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    const invalid = trace.wrapSpanContext({
      traceId: '0'.repeat(32),
      spanId: '0'.repeat(16),
      traceFlags: 0,
    });
    context.with(trace.setSpan(context.active(), invalid), () => logger.info('a'));
    const throwing = {
      spanContext: () => {
        throw new Error('broken span');
      },
    };
    context.with(trace.setSpan(context.active(), throwing as never), () => logger.info('b'));
    for (const line of out.lines()) expect(line).not.toHaveProperty('trace_id');
    expect(out.lines()).toHaveLength(2);
  });

  it('are those of the call, not of a stream that writes later', async () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream });
    // winston keeps infos and formats them later.
    logger.cork();
    for (let i = 0; i < 60; i++) {
      llmContext.run({ correlationId: `c-${i}` }, () => {
        tracer.startActiveSpan(`op-${i}`, (span) => {
          logger.info('call', { i, trace: span.spanContext().traceId });
          span.end();
        });
      });
    }
    expect(out.lines()).toEqual([]);
    llmContext.run({ correlationId: 'later' }, () => logger.uncork());
    const lines = out.lines();
    expect(lines).toHaveLength(60);
    for (const line of lines) {
      expect(line['correlation_id']).toBe(`c-${line['i'] as number}`);
      expect(line['trace_id']).toBe(line['trace']);
    }
  });

  it('are each request’s own in 1,000 concurrent requests', async () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream }).child({ part: 'worker' });
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        llmContext.run({ correlationId: `c-${i}`, tenantId: `t-${i % 7}` }, () =>
          tracer.startActiveSpan('op', async (span) => {
            for (let step = 0; step < 3; step++) {
              await sleep((i * 7 + step) % 5);
              logger.info('step', { i, trace: span.spanContext().traceId });
            }
            span.end();
          }),
        ),
      ),
    );
    const lines = out.lines();
    expect(lines).toHaveLength(3000);
    for (const line of lines) {
      const i = line['i'] as number;
      expect(line).toMatchObject({ correlation_id: `c-${i}`, tenant_id: `t-${i % 7}` });
      expect(line['trace_id']).toBe(line['trace']);
    }
    expect(new Set(lines.map((line) => line['trace_id'])).size).toBe(1000);
  });

  it('come to a winston logger of the user’s own by addCorrelationId', () => {
    const out = collector();
    const { combine, json } = winston.format;
    for (const format of [combine(addCorrelationId(), json()), combine(addCorrelationId, json())]) {
      const logger = winston.createLogger({
        format,
        transports: [new winston.transports.Stream({ stream: out.stream })],
      });
      llmContext.run({ correlationId: 'c', tenantId: 't' }, () => {
        tracer.startActiveSpan('op', (span) => {
          logger.info('a', { correlation_id: 'mine' });
          const { traceId, spanId } = span.spanContext();
          expect(out.lines().at(-1)).toMatchObject({
            correlation_id: 'c',
            tenant_id: 't',
            trace_id: traceId,
            span_id: spanId,
            trace_flags: '01',
            'fields.correlation_id': 'mine',
          });
          span.end();
        });
      });
      logger.info('outside');
      expect(out.lines().at(-1)).toEqual({ level: 'info', message: 'outside' });
    }
  });
});
