import { context, trace } from '@opentelemetry/api';
import { SeverityNumber, logs as logsApi } from '@opentelemetry/api-logs';
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OpenTelemetryTransportV3 } from '@opentelemetry/winston-transport';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { llmContext } from '../../src/context.js';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { captureLogs } from '../../src/testing.js';

const exporter = new InMemoryLogRecordExporter();
const tracerProvider = new NodeTracerProvider();
beforeAll(() => {
  tracerProvider.register();
});
afterEach(() => {
  exporter.reset();
  logsApi.disable();
});
afterAll(() => {
  trace.disable();
  context.disable();
});

function registerLogs(): void {
  logsApi.setGlobalLoggerProvider(
    new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }),
  );
}

function setUp(options: LoggingOptions = {}) {
  const logs = captureLogs();
  const logger = createLogger({
    ...{ destination: logs.destination, service: 'svc', level: 'silly' },
    transports: [new OpenTelemetryTransportV3()],
    ...options,
  });
  return { logs, logger, records: () => exporter.getFinishedLogRecords() };
}

/** Runs in a span, and gives its ids. */
function inSpan(fn: () => void) {
  return tracerProvider.getTracer('test').startActiveSpan('work', (span) => {
    fn();
    return span.spanContext();
  });
}

describe('OpenTelemetry logs through the official winston transport', () => {
  it('have a record for each line, once, with the trace ids, the severity and the masked fields', () => {
    registerLogs();
    const { logs, logger, records } = setUp();
    const { traceId, spanId } = inSpan(() =>
      llmContext.run({ correlationId: 'c-1', tenantId: 'acme' }, () => {
        logger.info('plain', { a: 1 });
        logger.warn('for %s', 'bob@example.com', {
          password: 'secret-1',
          deep: { token: 'secret-2' },
        });
        logger.child({ part: 'child' }).debug('child', { prompt: 'secret-3' });
      }),
    );
    logger.error('outside');
    expect(records()).toHaveLength(4);
    expect(logs.lines).toHaveLength(4);
    expect(
      records().map(({ severityNumber, severityText, body }) => [
        severityNumber,
        severityText,
        body,
      ]),
    ).toEqual([
      [SeverityNumber.INFO, 'info', 'plain'],
      [SeverityNumber.WARN, 'warn', logs.lines[1]!['message']],
      [SeverityNumber.DEBUG, 'debug', 'child'],
      [SeverityNumber.ERROR, 'error', 'outside'],
    ]);
    for (const { spanContext } of records().slice(0, 3)) {
      expect(spanContext).toMatchObject({ traceId, spanId });
    }
    expect(records()[3]!.spanContext).toBeUndefined();
    for (const [index, { attributes }] of records().entries()) {
      // What the record has by itself is no attribute as well; everything else of the line is.
      const { level, message, trace_id, span_id, trace_flags, ...rest } = logs.lines[index]!;
      expect({ ...attributes }).toEqual(rest);
      expect([level, message]).not.toContain(undefined);
      expect([trace_id, span_id, trace_flags].includes(undefined)).toBe(index === 3);
    }
    expect(records()[1]!.attributes).toMatchObject({
      ...{ service: 'svc', correlation_id: 'c-1', tenant_id: 'acme' },
      ...{ password: '[redacted]', deep: { token: '[redacted]' } },
    });
    const text = JSON.stringify(records().map(({ body, attributes }) => [body, attributes]));
    expect(text).not.toMatch(/secret-|bob@/);
  });

  it('have an error by the conventions, masked, with its class', () => {
    registerLogs();
    const { logger, records } = setUp();
    const cause = new RangeError('at pg://u:secret-1@h/db');
    logger.error('failed', new TypeError('for bob@example.com', { cause }));
    expect(records()[0]!.attributes).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'for [email]',
      'exception.stacktrace': expect.stringContaining('for [email]') as string,
      'error.cause.type': 'RangeError',
    });
    expect(JSON.stringify(records()[0]!.attributes)).not.toMatch(/secret-|bob@/);
  });

  it('keep the ids of the call where the transport takes its line later, in another span', async () => {
    registerLogs();
    const waiting: (() => void)[] = [];
    class Later extends OpenTelemetryTransportV3 {
      override log(info: unknown, next: () => void): void {
        waiting.push(() => super.log(info, next));
      }
    }
    const { logger, records } = setUp({ transports: [new Later()] });
    const expected: string[] = [];
    for (let i = 0; i < 60; i++) {
      expected.push(inSpan(() => logger.info('line', { i, deep: {} })).spanId);
    }
    expect(records()).toEqual([]);
    while (waiting.length > 0) inSpan(() => waiting.shift()?.());
    expect(records().map((record) => record.spanContext?.spanId)).toEqual(expected);
    expect(records().map(({ attributes }) => attributes['i'])).toEqual([...Array(60).keys()]);
  });

  it('are nothing until a provider is registered, and begin then', () => {
    const { logger, records } = setUp();
    logger.info('before');
    registerLogs();
    logger.info('after');
    expect(records().map(({ body }) => body)).toEqual(['after']);
  });
});
