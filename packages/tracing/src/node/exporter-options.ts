import { TracingConfigError } from '../config-error.js';

/** Jaeger's agent, by UDP. It acknowledges nothing: what the network loses is not seen. */
export interface JaegerOptions {
  readonly type: 'jaeger';
  /** Host of the agent. Default `jaeger-agent`. */
  readonly host?: string | undefined;
  /** Port of the agent; 1 to 65535. Default 6831. */
  readonly port?: number | undefined;
  /** Thrift's protocol that the port takes. Default `binary` for port 6832, `compact` for all others. */
  readonly protocol?: 'compact' | 'binary' | undefined;
  /** Largest datagram, in bytes; 1000 to 65000. Default 65000. A span that is larger is dropped and counted. */
  readonly maxPacketBytes?: number | undefined;
}

/** Jaeger's collector, Thrift over HTTP. */
export interface JaegerHttpOptions {
  readonly type: 'jaeger-http';
  /** Address of the collector. Default `http://jaeger-collector:14268/api/traces`. */
  readonly url?: string | undefined;
  /** User for basic authentication. Default none. */
  readonly username?: string | undefined;
  /** Password for basic authentication. Default none. */
  readonly password?: string | undefined;
}

/** Any OTLP receiver, over HTTP. */
export interface OtlpOptions {
  /** `otlp` sends protobuf, `otlp-json` JSON. */
  readonly type: 'otlp' | 'otlp-json';
  /** Address of the receiver. Default `OTEL_EXPORTER_OTLP_*`, else `http://localhost:4318/v1/traces`. */
  readonly url?: string | undefined;
  /** Headers of each request, e.g. an API key. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Compression of the body. Default `OTEL_EXPORTER_OTLP_COMPRESSION`, else `none`. */
  readonly compression?: 'gzip' | 'none' | undefined;
}

/** Writes spans to the standard output, for a look at them. */
export interface ConsoleOptions {
  readonly type: 'console';
}

/** A ready exporter: any OpenTelemetry `SpanExporter` of SDK 2. */
export interface SpanExporterLike {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the SDK's types are an optional peer
  export(spans: any[], resultCallback: (result: any) => void): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** Where spans go, with its address. */
export type ExporterOptions = JaegerOptions | JaegerHttpOptions | OtlpOptions | ConsoleOptions;

type Named = ExporterOptions['type'];
const types: readonly Named[] = ['jaeger', 'jaeger-http', 'otlp', 'otlp-json', 'console'];

/** An exporter as a user gives it; `environment` stands for those of `OTEL_TRACES_EXPORTER` and `OTEL_EXPORTER_*`, if any. */
type Given = Named | 'environment' | ExporterOptions | SpanExporterLike;

/** One or several exporters. */
export type ExporterOption = Given | readonly Given[];

/** What the option says, validated, shorthand resolved. */
export type ExporterPlan = ExporterOptions | SpanExporterLike;

/**
 * @param environment what `environment` stands for
 * @throws TracingConfigError naming the option that is wrong
 */
export function planExporters(
  option: unknown,
  environment: readonly ExporterOptions[] = [],
): ExporterPlan[] {
  if (Array.isArray(option) && option.length === 0) {
    throw new TracingConfigError('exporter', 'at least one exporter', option);
  }
  const given: readonly unknown[] = Array.isArray(option) ? option : [option];
  return given.flatMap((each, index) => {
    if (each === 'environment') return environment;
    return plan(each, Array.isArray(option) ? `exporter[${index}]` : 'exporter');
  });
}

/** Whether a plan is an exporter already. */
export function isExporter(value: unknown): value is SpanExporterLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as SpanExporterLike).export === 'function' &&
    typeof (value as SpanExporterLike).shutdown === 'function'
  );
}

function plan(value: unknown, option: string): ExporterPlan {
  if (isExporter(value)) return value;
  const named = typeof value === 'string' ? { type: value } : value;
  const expected = `one of ${types.map((type) => `'${type}'`).join(', ')}, their options, 'environment', or a SpanExporter`;
  if (typeof named !== 'object' || named === null || !('type' in named)) {
    throw new TracingConfigError(option, expected, value);
  }
  const given = named as ExporterOptions;
  switch (given.type) {
    case 'jaeger':
      checkHost(given.host, `${option}.host`);
      checkInteger(given.port, 1, 65_535, `${option}.port`);
      if (given.protocol !== undefined && !['compact', 'binary'].includes(given.protocol)) {
        throw new TracingConfigError(`${option}.protocol`, "'compact' or 'binary'", given.protocol);
      }
      checkInteger(given.maxPacketBytes, 1000, 65_000, `${option}.maxPacketBytes`);
      return given;
    case 'jaeger-http':
      checkUrl(given.url, `${option}.url`);
      checkText(given.username, `${option}.username`);
      checkText(given.password, `${option}.password`, true);
      return given;
    case 'otlp':
    case 'otlp-json':
      checkUrl(given.url, `${option}.url`);
      checkHeaders(given.headers, `${option}.headers`);
      if (given.compression !== undefined && !['gzip', 'none'].includes(given.compression)) {
        throw new TracingConfigError(
          `${option}.compression`,
          "'gzip' or 'none'",
          given.compression,
        );
      }
      return given;
    case 'console':
      return given;
    default:
      throw new TracingConfigError(`${option}.type`, expected, (given as { type: unknown }).type);
  }
}

function checkHost(value: unknown, option: string): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || !/^[A-Za-z0-9._:-]{1,253}$/.test(value)) {
    throw new TracingConfigError(option, 'a host name or an IP address', value);
  }
}

function checkUrl(value: unknown, option: string): void {
  if (value === undefined) return;
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TracingConfigError(option, 'an http or https URL', value);
  }
}

function checkText(value: unknown, option: string, secret = false): void {
  if (value === undefined || typeof value === 'string') return;
  throw new TracingConfigError(option, 'a string', secret ? `(${typeof value})` : value);
}

function checkHeaders(value: unknown, option: string): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TracingConfigError(option, 'an object of strings', value);
  }
  for (const [name, text] of Object.entries(value)) {
    // The value may be a key: say what it is, not which.
    if (typeof text !== 'string') {
      throw new TracingConfigError(
        `${option}[${JSON.stringify(name)}]`,
        'a string',
        `(${typeof text})`,
      );
    }
  }
}

/** @throws TracingConfigError when a number that was given is no integer of the range */
export function checkInteger(value: unknown, min: number, max: number, option: string): void {
  if (value === undefined) return;
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new TracingConfigError(option, `an integer from ${min} to ${max}`, value);
  }
}
