import { trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { llmContext } from '../../src/context.js';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { collector, topLevelKeys } from '../collector.js';

const span = trace.wrapSpanContext({
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 1,
});
afterEach(() => vi.restoreAllMocks());

function set(options: LoggingOptions) {
  vi.spyOn(trace, 'getActiveSpan').mockReturnValue(span);
  const out = collector();
  const logger = createLogger({
    destination: out.stream,
    service: 'map',
    clock: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
    ...options,
  });
  const inRequest = (write: () => unknown): void => {
    llmContext.run({ correlationId: 'c-1', tenantId: 't-1' }, write);
  };
  return { out, logger, inRequest, last: () => out.lines().at(-1)! };
}

const failure = (): Error => {
  class QuotaError extends Error {}
  const cause = new RangeError('root', { cause: 'text' });
  return Object.assign(new QuotaError('outer', { cause }), { code: 'EQUOTA' });
};

describe('the names of the Elastic Common Schema', () => {
  it('stand in the order of its logging specification', () => {
    const { out, logger, inRequest } = set({ preset: 'ecs' });
    inRequest(() => logger.info('mapped', { controls: 3 }));
    expect(out.raw()[0]).toBe(
      '{"@timestamp":"2026-01-02T03:04:05.006Z","log.level":"info","message":"mapped",' +
        '"ecs.version":"8.11.0","log.logger":"root","service.name":"map",' +
        '"labels.correlation_id":"c-1","labels.tenant_id":"t-1",' +
        '"trace.id":"4bf92f3577b34da6a3ce929d0e0e4736","span.id":"00f067aa0ba902b7",' +
        '"labels.trace_flags":"01","controls":3}',
    );
  });

  it('give an error its type, message and stack, which the causes end', () => {
    const { last, logger } = set({ preset: 'ecs' });
    logger.error('failed', failure());
    expect(last()).toMatchObject({
      message: 'failed',
      'error.type': 'QuotaError',
      'error.message': 'outer',
      'error.code': 'EQUOTA',
      'error.stack_trace': expect.stringMatching(
        /^Error: outer\n[^]*\nCaused by: RangeError: root\n[^]*\nCaused by: text$/,
      ) as unknown,
    });
    expect(last()).not.toHaveProperty('error');
    logger.error('failed', new AggregateError([new Error('one'), 'two'], 'many'));
    expect(last()['error.stack_trace']).toMatch(
      /\nerrors\[0\]: Error: one\n[^]*\nerrors\[1\]: two$/,
    );
    logger.error('failed', { error: 'a text' });
    expect(last()['error.message']).toBe('a text');
  });

  it('are not overwritten by fields, which keep theirs under another', () => {
    const { out, logger, last } = set({ preset: 'ecs' });
    logger.info('a', { '@timestamp': 1, 'log.level': 2, 'service.name': 3, timestamp: 4 });
    logger.error('a', { 'error.message': 'mine', error: new Error('theirs') });
    for (const line of out.raw()) {
      const keys = topLevelKeys(line);
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(out.lines()[0]).toMatchObject({
      'service.name': 'map',
      'fields.@timestamp': 1,
      'fields.log.level': 2,
      'fields.service.name': 3,
    });
    expect(last()).toMatchObject({ 'error.message': 'theirs', 'fields.error.message': 'mine' });
  });
});

describe('the names of OpenTelemetry’s logs data model', () => {
  it('hold ids and severity as it says, and fields as attributes', () => {
    const { last, logger, inRequest } = set({ preset: 'otel' });
    inRequest(() => logger.warn('mapped', { controls: 3, Body: 'mine' }));
    expect(last()).toEqual({
      Timestamp: '1767323045006000000',
      SeverityText: 'warn',
      SeverityNumber: 13,
      Body: 'mapped',
      Resource: { 'service.name': 'map' },
      InstrumentationScope: { Name: 'root' },
      TraceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      SpanId: '00f067aa0ba902b7',
      TraceFlags: 1,
      Attributes: { correlation_id: 'c-1', tenant_id: 't-1', controls: 3, Body: 'mine' },
    });
    logger.warn('outside a request');
    expect(last()['Attributes']).toEqual({});
  });

  it('hold an error as the attributes of an exception', () => {
    const { last, logger } = set({ preset: 'otel' });
    logger.error('failed', failure());
    expect(last()['Attributes']).toMatchObject({
      'exception.type': 'QuotaError',
      'exception.message': 'outer',
      'exception.stacktrace': expect.stringContaining('Caused by: RangeError: root') as unknown,
      'exception.code': 'EQUOTA',
    });
  });
});

describe('what else a preset concerns', () => {
  it('is neither output for the eyes nor what winston’s transports read from a record', () => {
    const { out, logger } = set({ preset: 'otel', format: 'pretty' });
    const seen: unknown[] = [];
    logger.on('data', (info) => seen.push(info));
    logger.info('mapped', { controls: 3 });
    logger.info('mapped %s', 'twice');
    expect(out.raw()[0]).toMatch(/^03:04:05.006Z INFO {2}root mapped .*controls=3$/);
    expect(seen).toMatchObject([
      { level: 'info', message: 'mapped', timestamp: '2026-01-02T03:04:05.006Z', controls: 3 },
      { level: 'info', message: 'mapped twice', timestamp: '2026-01-02T03:04:05.006Z' },
    ]);
  });
});
