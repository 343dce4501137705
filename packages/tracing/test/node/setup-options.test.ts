import { describe, expect, it } from 'vitest';
import { setupTracing, TracingConfigError, type SetupTracingOptions } from '../../src/node.js';

const good: SetupTracingOptions = { serviceName: 's', exporter: 'otlp' };

describe('setupTracing refuses at the start, quoting what it was given,', () => {
  it.each<[string, object]>([
    ['serviceName: expected a non-empty string, got ""', { serviceName: '' }],
    ['serviceName: expected a non-empty string, got " "', { serviceName: ' ' }],
    ['serviceName: expected a non-empty string, got undefined', { serviceName: undefined }],
    ['serviceVersion: expected a non-empty string, got 3', { serviceVersion: 3 }],
    ['exporter: expected one of', { exporter: undefined }],
    ['got "zipkin"', { exporter: 'zipkin' }],
    ['exporter.type: expected one of', { exporter: { type: 'stdout' } }],
    ['exporter: expected at least one exporter, got []', { exporter: [] }],
    ['exporter[1].type', { exporter: ['otlp', { type: 'x' }] }],
    [
      'exporter.port: expected an integer from 1 to 65535, got 0',
      { exporter: { type: 'jaeger', port: 0 } },
    ],
    [
      'exporter.port: expected an integer from 1 to 65535, got 65536',
      { exporter: { type: 'jaeger', port: 65536 } },
    ],
    [
      'exporter.port: expected an integer from 1 to 65535, got "6831"',
      { exporter: { type: 'jaeger', port: '6831' } },
    ],
    [
      'exporter.host: expected a host name or an IP address, got "http://jaeger"',
      { exporter: { type: 'jaeger', host: 'http://jaeger' } },
    ],
    [
      'exporter.url: expected an http or https URL, got "jaeger:14268"',
      { exporter: { type: 'jaeger-http', url: 'jaeger:14268' } },
    ],
    [
      'exporter.url: expected an http or https URL, got "localhost"',
      { exporter: { type: 'otlp', url: 'localhost' } },
    ],
    [
      'exporter.headers: expected an object of strings, got "key"',
      { exporter: { type: 'otlp', headers: 'key' } },
    ],
    [
      'exporter.headers["x-key"]: expected a string, got "(number)"',
      { exporter: { type: 'otlp', headers: { 'x-key': 12345 } } },
    ],
    [
      "exporter.compression: expected 'gzip' or 'none', got \"br\"",
      { exporter: { type: 'otlp', compression: 'br' } },
    ],
    ['sampleRatio: expected a number from 0 to 1, got 1.5', { sampleRatio: 1.5 }],
    ['sampleRatio: expected a number from 0 to 1, got NaN', { sampleRatio: NaN }],
    ['maxQueueSize: expected an integer from 1 to 10000000, got 0', { maxQueueSize: 0 }],
    [
      'maxExportBatchSize: expected an integer from 1 to 10, got 11',
      { maxQueueSize: 10, maxExportBatchSize: 11 },
    ],
    ['flushIntervalMillis', { flushIntervalMillis: -1 }],
    ['exportTimeoutMillis', { exportTimeoutMillis: Infinity }],
    ['shutdownTimeoutMillis', { shutdownTimeoutMillis: '5s' }],
    ['instrumentations: expected names among', { instrumentations: ['mysql'] }],
    ['instrumentations: expected an array of names, got "pg"', { instrumentations: 'pg' }],
    ['app: expected a Fastify or an Express application, got {}', { app: {} }],
    [
      'trustIncoming: expected a boolean or a function, got "no"',
      { correlation: { trustIncoming: 'no' } },
    ],
    ['ignoreIncomingPaths', { ignoreIncomingPaths: ['health'] }],
    ['recordQueryText: expected a boolean, got "yes"', { recordQueryText: 'yes' }],
    ['maskError: expected a function, got true', { maskError: true }],
    ['onDrop: expected a function, got 1', { onDrop: 1 }],
  ])('%s', (message, bad) => {
    const start = (): unknown => setupTracing({ ...good, ...bad });
    expect(start).toThrow(TracingConfigError);
    expect(start).toThrow(message);
  });
});
