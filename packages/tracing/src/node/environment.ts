import { TracingConfigError } from '../config-error.js';
import {
  checkInteger,
  type ExporterOptions,
  type JaegerHttpOptions,
  type JaegerOptions,
} from './exporter-options.js';
import { instrumentationNames, type InstrumentationName } from './instrumentation-name.js';
import { checkPropagators, type PropagatorName } from './propagator-name.js';

/** What OpenTelemetry's environment variables say. What is not said is undefined. */
export interface Environment {
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly exporters: readonly ExporterOptions[] | undefined;
  readonly sampler: { readonly parentBased: boolean; readonly ratio: number } | undefined;
  readonly propagators: readonly PropagatorName[] | undefined;
  readonly instrumentations: readonly InstrumentationName[] | undefined;
  readonly disabledInstrumentations: readonly InstrumentationName[];
  readonly maxQueueSize: number | undefined;
  readonly maxExportBatchSize: number | undefined;
  readonly flushIntervalMillis: number | undefined;
  readonly exportTimeoutMillis: number | undefined;
}

export type Variables = Readonly<Record<string, string | undefined>>;

const day = 86_400_000;

/**
 * Reads `OTEL_*`. Endpoints, headers, compression and certificates of OTLP, and the limits of spans, are
 * read by the exporter and the SDK themselves.
 *
 * @throws TracingConfigError naming the variable that is wrong
 */
export function readEnvironment(env: Variables): Environment {
  const resourceAttributes = pairs(env, 'OTEL_RESOURCE_ATTRIBUTES');
  return {
    disabled: text(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    serviceName: text(env, 'OTEL_SERVICE_NAME') ?? resourceAttributes['service.name'],
    resourceAttributes,
    exporters: exporters(env),
    sampler: sampler(env),
    propagators: propagators(env),
    instrumentations: instrumentations(env, 'OTEL_NODE_ENABLED_INSTRUMENTATIONS'),
    disabledInstrumentations: instrumentations(env, 'OTEL_NODE_DISABLED_INSTRUMENTATIONS') ?? [],
    maxQueueSize: integer(env, 'OTEL_BSP_MAX_QUEUE_SIZE', 1, 10_000_000),
    maxExportBatchSize: integer(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1, 10_000_000),
    flushIntervalMillis: integer(env, 'OTEL_BSP_SCHEDULE_DELAY', 1, day),
    exportTimeoutMillis:
      integer(env, 'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 1, day) ??
      integer(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 1, day) ??
      integer(env, 'OTEL_BSP_EXPORT_TIMEOUT', 1, day),
  };
}

/** The specification: an empty variable is one that is not set. */
function text(env: Variables, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function list(env: Variables, name: string): string[] | undefined {
  return text(env, name)
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function integer(env: Variables, name: string, min: number, max: number): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  checkInteger(Number.isNaN(number) ? value : number, min, max, name);
  return number;
}

/** `name=value,name=value`, percent-encoded. */
function pairs(env: Variables, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of list(env, name) ?? []) {
    const equals = pair.indexOf('=');
    try {
      if (equals < 1) throw new TypeError('no name');
      found[pair.slice(0, equals).trim()] = decodeURIComponent(pair.slice(equals + 1).trim());
    } catch {
      throw new TracingConfigError(name, 'name=value pairs, percent-encoded', pair);
    }
  }
  return found;
}

function exporters(env: Variables): ExporterOptions[] | undefined {
  const names = list(env, 'OTEL_TRACES_EXPORTER') ?? namedByAddress(env);
  return names?.flatMap((name): ExporterOptions[] => {
    switch (name) {
      case 'none':
        return [];
      case 'console':
        return [{ type: 'console' }];
      case 'otlp':
        return [{ type: otlpType(env) }];
      case 'jaeger':
        return [jaeger(env)];
      default:
        throw new TracingConfigError(
          'OTEL_TRACES_EXPORTER',
          'otlp, jaeger, console or none, separated by commas',
          name,
        );
    }
  });
}

/** Who gives an address wants to send there. */
function namedByAddress(env: Variables): string[] | undefined {
  const given = (...names: string[]): boolean => names.some((name) => text(env, name));
  const named = [
    ...(given('OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ? ['otlp'] : []),
    ...(given('OTEL_EXPORTER_JAEGER_ENDPOINT', 'OTEL_EXPORTER_JAEGER_AGENT_HOST')
      ? ['jaeger']
      : []),
  ];
  return named.length > 0 ? named : undefined;
}

function otlpType(env: Variables): 'otlp' | 'otlp-json' {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    const protocol = text(env, name);
    if (protocol === undefined) continue;
    if (protocol === 'http/protobuf') return 'otlp';
    if (protocol === 'http/json') return 'otlp-json';
    throw new TracingConfigError(name, 'http/protobuf or http/json', protocol);
  }
  return 'otlp';
}

function jaeger(env: Variables): JaegerOptions | JaegerHttpOptions {
  const url = text(env, 'OTEL_EXPORTER_JAEGER_ENDPOINT');
  if (url !== undefined) {
    return {
      type: 'jaeger-http',
      url,
      username: text(env, 'OTEL_EXPORTER_JAEGER_USER'),
      password: env['OTEL_EXPORTER_JAEGER_PASSWORD'] || undefined,
    };
  }
  return {
    type: 'jaeger',
    host: text(env, 'OTEL_EXPORTER_JAEGER_AGENT_HOST'),
    port: integer(env, 'OTEL_EXPORTER_JAEGER_AGENT_PORT', 1, 65_535),
  };
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

function sampler(env: Variables): Environment['sampler'] {
  const name = text(env, 'OTEL_TRACES_SAMPLER');
  if (name === undefined) return undefined;
  if (!samplers.includes(name)) {
    throw new TracingConfigError('OTEL_TRACES_SAMPLER', `one of ${samplers.join(', ')}`, name);
  }
  const parentBased = name.startsWith('parentbased_');
  if (name.endsWith('always_on')) return { parentBased, ratio: 1 };
  if (name.endsWith('always_off')) return { parentBased, ratio: 0 };
  const argument = text(env, 'OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const ratio = Number(argument);
  if (!(ratio >= 0 && ratio <= 1)) {
    throw new TracingConfigError('OTEL_TRACES_SAMPLER_ARG', 'a number from 0 to 1', argument);
  }
  return { parentBased, ratio };
}

function propagators(env: Variables): readonly PropagatorName[] | undefined {
  const names = list(env, 'OTEL_PROPAGATORS');
  checkPropagators(names, 'OTEL_PROPAGATORS');
  return names as PropagatorName[] | undefined;
}

/** Names of the OpenTelemetry distribution; those of libraries that we do not know are not for us. */
function instrumentations(env: Variables, variable: string): InstrumentationName[] | undefined {
  return list(env, variable)
    ?.map((name) => (name === 'undici' ? 'fetch' : name))
    .filter((name): name is InstrumentationName =>
      instrumentationNames.includes(name as InstrumentationName),
    );
}
