import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/node/environment.js';
import { planSetup } from '../../src/node/setup-plan.js';
import type { SetupTracingOptions } from '../../src/node.js';

const base = { OTEL_SERVICE_NAME: 'mapper', OTEL_TRACES_EXPORTER: 'otlp' };
const plan = (env: Record<string, string>, options: SetupTracingOptions = {}) =>
  planSetup(options, { ...base, ...env });

describe('the environment', () => {
  it('names the service and its resource, which code adds to and beats', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=a%2Cb, zone = z1 ' };
    expect(plan(env)).toMatchObject({
      serviceName: 'mapper',
      resourceAttributes: { 'service.name': 'mapper', team: 'a,b', zone: 'z1' },
    });
    expect(planSetup({ exporter: 'otlp' }, env).serviceName).toBe('other');
    const options = { serviceName: 'code', resourceAttributes: { team: 'c' }, environment: 'prod' };
    expect(plan(env, options).resourceAttributes).toEqual({
      'service.name': 'code',
      team: 'c',
      zone: 'z1',
      'deployment.environment.name': 'prod',
    });
  });

  it.each<[string, Record<string, string>, unknown]>([
    ['protobuf by default', { OTEL_TRACES_EXPORTER: 'otlp' }, [{ type: 'otlp' }]],
    [
      'JSON',
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      [{ type: 'otlp-json' }],
    ],
    [
      'the protocol of traces before that of all signals',
      {
        OTEL_TRACES_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      },
      [{ type: 'otlp' }],
    ],
    [
      'several',
      { OTEL_TRACES_EXPORTER: 'otlp, console,jaeger', OTEL_EXPORTER_JAEGER_AGENT_PORT: '6832' },
      [{ type: 'otlp' }, { type: 'console' }, { type: 'jaeger', host: undefined, port: 6832 }],
    ],
    [
      "Jaeger's collector",
      {
        OTEL_TRACES_EXPORTER: 'jaeger',
        OTEL_EXPORTER_JAEGER_ENDPOINT: 'http://c:14268/api/traces',
        OTEL_EXPORTER_JAEGER_USER: 'me',
        OTEL_EXPORTER_JAEGER_PASSWORD: 'pw',
      },
      [{ type: 'jaeger-http', url: 'http://c:14268/api/traces', username: 'me', password: 'pw' }],
    ],
    ['none', { OTEL_TRACES_EXPORTER: 'none' }, []],
    [
      'whoever has an address',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o:4318' },
      [{ type: 'otlp' }],
    ],
    [
      'both who have one',
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://o:4318/v1/traces',
        OTEL_EXPORTER_JAEGER_AGENT_HOST: 'j',
      },
      [{ type: 'otlp' }, { type: 'jaeger', host: 'j', port: undefined }],
    ],
  ])('chooses exporters: %s', (_, env, exporters) => {
    expect(planSetup({}, { OTEL_SERVICE_NAME: 's', ...env }).exporters).toEqual(exporters);
    // Code beats it.
    expect(
      planSetup({ exporter: 'otlp-json' }, { OTEL_SERVICE_NAME: 's', ...env }).exporters,
    ).toEqual([{ type: 'otlp-json' }]);
    // Or has it beside others.
    expect(
      planSetup({ exporter: ['console', 'environment'] }, { OTEL_SERVICE_NAME: 's', ...env })
        .exporters,
    ).toEqual([{ type: 'console' }].concat(exporters as never));
  });

  it('may name no exporter, where code has one beside it', () => {
    const options: SetupTracingOptions = { exporter: ['console', 'environment'] };
    expect(planSetup(options, { OTEL_SERVICE_NAME: 's' }).exporters).toEqual([{ type: 'console' }]);
  });

  it.each<[string, string | undefined, object]>([
    ['always_on', undefined, { parentBased: false, ratio: 1 }],
    ['always_off', undefined, { parentBased: false, ratio: 0 }],
    ['traceidratio', '0.25', { parentBased: false, ratio: 0.25 }],
    ['traceidratio', undefined, { parentBased: false, ratio: 1 }],
    ['parentbased_always_on', undefined, { parentBased: true, ratio: 1 }],
    ['parentbased_always_off', '0.5', { parentBased: true, ratio: 0 }],
    ['parentbased_traceidratio', '0.5', { parentBased: true, ratio: 0.5 }],
  ])('samples by %s %s', (name, argument, sampler) => {
    const env = {
      OTEL_TRACES_SAMPLER: name,
      ...(argument === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: argument }),
    };
    expect(plan(env).sampler).toMatchObject(sampler);
    expect(plan(env, { sampleRatio: 0.125 }).sampler).toMatchObject({
      parentBased: true,
      ratio: 0.125,
    });
  });

  it('sets queue and times, which code beats', () => {
    const env = {
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '200',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_EXPORT_TIMEOUT: '60',
    };
    expect(plan(env)).toMatchObject({
      maxQueueSize: 100,
      maxExportBatchSize: 100,
      flushIntervalMillis: 50,
      exportTimeoutMillis: 60,
    });
    expect(plan({ ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '70' }).exportTimeoutMillis).toBe(70);
    expect(plan(env, { maxQueueSize: 300, flushIntervalMillis: 9 })).toMatchObject({
      maxQueueSize: 300,
      maxExportBatchSize: 200,
      flushIntervalMillis: 9,
    });
  });

  it('chooses propagators and instrumentations', () => {
    const env = {
      OTEL_PROPAGATORS: 'tracecontext,b3,jaeger,correlation',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,undici,mysql',
      OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg',
    };
    expect(plan(env)).toMatchObject({
      propagators: ['tracecontext', 'b3', 'jaeger', 'correlation'],
      instrumentations: ['http', 'fetch'],
      disabledInstrumentations: ['pg'],
    });
    expect(plan(env, { propagators: ['none'], instrumentations: [] })).toMatchObject({
      propagators: ['none'],
      instrumentations: [],
    });
  });

  it('an empty variable is one that is not set', () => {
    const empty = { OTEL_TRACES_SAMPLER: '', OTEL_BSP_MAX_QUEUE_SIZE: ' ', OTEL_PROPAGATORS: '' };
    expect(plan(empty)).toMatchObject({
      sampler: { parentBased: true, ratio: 1 },
      maxQueueSize: 65_536,
      propagators: undefined,
    });
    expect(readEnvironment({ OTEL_SDK_DISABLED: '' }).disabled).toBe(false);
    expect(readEnvironment({ OTEL_SDK_DISABLED: 'TRUE' }).disabled).toBe(true);
  });

  it.each<[string, string]>([
    ['OTEL_TRACES_EXPORTER', 'zipkin'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_PROPAGATORS', 'xray'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', 'many'],
    ['OTEL_BSP_SCHEDULE_DELAY', '-1'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'team=%'],
  ])('a bad %s stops the start and is quoted: %s', (name, value) => {
    expect(() => plan({ [name]: value })).toThrow(`${name}: expected`);
    expect(() => plan({ [name]: value })).toThrow(value);
  });

  it('a bad argument of the sampler is named', () => {
    expect(() =>
      plan({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }),
    ).toThrow('OTEL_TRACES_SAMPLER_ARG: expected a number from 0 to 1, got "2"');
  });
});
