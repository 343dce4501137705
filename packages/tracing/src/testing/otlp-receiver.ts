import { createServer, type IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { protobufFields, type ProtobufField } from './protobuf.js';
import {
  bodyOf,
  closeServer,
  listenOnLoopback,
  refuses,
  type ReceiverBehaviour,
} from './receiver.js';

/** A span as an OTLP receiver reads it. */
export interface OtlpSpan {
  readonly service: unknown;
  readonly scope: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly kind: number;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

export interface OtlpReceiver extends ReceiverBehaviour {
  readonly url: string;
  /** What was received and kept. */
  readonly spans: OtlpSpan[];
  /** Number of spans received. */
  readonly count: number;
  readonly requests: { readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** An OTLP receiver on a free port of the loopback: HTTP, protobuf and JSON, compressed or not. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const receiver = {
    url: '',
    answer: 'accept' as ReceiverBehaviour['answer'],
    keep: true,
    spans: [] as OtlpSpan[],
    count: 0,
    requests: [] as { headers: IncomingHttpHeaders }[],
    close: () => closeServer(server),
  };
  const server = createServer((req, res) => {
    void bodyOf(req).then((sent) => {
      const { headers } = req;
      receiver.requests.push({ headers });
      if (refuses(receiver, res)) return;
      const json = headers['content-type'] === 'application/json';
      try {
        const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
        if (receiver.keep) {
          const spans = json ? fromJson(body.toString()) : fromProtobuf(body);
          receiver.count += spans.length;
          receiver.spans.push(...spans);
        } else receiver.count += json ? countJson(body.toString()) : countProtobuf(body);
      } catch {
        res.writeHead(400).end();
        return;
      }
      res.writeHead(200, { 'content-type': headers['content-type'] }).end(json ? '{}' : '');
    });
  });
  receiver.url = `http://127.0.0.1:${await listenOnLoopback(server)}/v1/traces`;
  return receiver;
}

interface JsonValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
  arrayValue?: { values: JsonValue[] };
}
type JsonAttributes = { key: string; value: JsonValue }[];
interface JsonTraces {
  resourceSpans: {
    resource: { attributes: JsonAttributes };
    scopeSpans: {
      scope: { name: string };
      spans: {
        name: string;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        kind: number;
        status?: { code?: number; message?: string };
        attributes: JsonAttributes;
        events: { name: string; attributes: JsonAttributes }[];
      }[];
    }[];
  }[];
}

function fromJson(body: string): OtlpSpan[] {
  const { resourceSpans } = JSON.parse(body) as JsonTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        service: jsonAttributes(resource.attributes)['service.name'],
        scope: scope.name,
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        kind: span.kind,
        statusCode: span.status?.code ?? 0,
        statusMessage: span.status?.message ?? '',
        attributes: jsonAttributes(span.attributes),
        events: span.events.map((event) => ({
          name: event.name,
          attributes: jsonAttributes(event.attributes),
        })),
      })),
    ),
  );
}

function countJson(body: string): number {
  const { resourceSpans } = JSON.parse(body) as JsonTraces;
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .reduce((count, { spans }) => count + spans.length, 0);
}

function jsonAttributes(attributes: JsonAttributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, jsonValue(value)]));
}

function jsonValue(value: JsonValue): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(jsonValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}

// Field numbers of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
function fromProtobuf(body: Buffer): OtlpSpan[] {
  return messages(body, 1).flatMap((resourceSpans) => {
    const resource = message(resourceSpans, 1);
    const service = protobufAttributes(messages(resource, 1))['service.name'];
    return messages(resourceSpans, 2).flatMap((scopeSpans) => {
      const scope = text(message(scopeSpans, 1), 1);
      return messages(scopeSpans, 2).map((span) => ({
        service,
        scope,
        name: text(span, 5),
        traceId: message(span, 1).toString('hex'),
        spanId: message(span, 2).toString('hex'),
        parentSpanId: message(span, 4).toString('hex'),
        kind: number(span, 6),
        statusCode: number(message(span, 15), 3),
        statusMessage: text(message(span, 15), 2),
        attributes: protobufAttributes(messages(span, 9)),
        events: messages(span, 11).map((event) => ({
          name: text(event, 2),
          attributes: protobufAttributes(messages(event, 3)),
        })),
      }));
    });
  });
}

/** The number of spans, which are not looked into: a receiver that only counts keeps up with any sender. */
function countProtobuf(body: Buffer): number {
  return messages(body, 1)
    .flatMap((resourceSpans) => messages(resourceSpans, 2))
    .reduce((count, scopeSpans) => count + messages(scopeSpans, 2).length, 0);
}

function fields(body: Buffer, id: number): ProtobufField[] {
  return protobufFields(body).filter((field) => field.id === id);
}

function messages(body: Buffer, id: number): Buffer[] {
  return fields(body, id).map((field) => field.bytes ?? Buffer.alloc(0));
}

function message(body: Buffer, id: number): Buffer {
  return messages(body, id)[0] ?? Buffer.alloc(0);
}

function text(body: Buffer, id: number): string {
  return message(body, id).toString();
}

function number(body: Buffer, id: number): number {
  return Number(fields(body, id)[0]?.varint ?? 0n);
}

function protobufAttributes(pairs: Buffer[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map((pair) => [text(pair, 1), anyValue(message(pair, 2))]));
}

function anyValue(body: Buffer): unknown {
  const field = protobufFields(body)[0];
  switch (field?.id) {
    case 1:
      return field.bytes?.toString();
    case 2:
      return field.varint === 1n;
    case 3:
      return Number(BigInt.asIntN(64, field.varint ?? 0n));
    case 4:
      return field.bytes?.readDoubleLE(0);
    case 5:
      return messages(field.bytes ?? Buffer.alloc(0), 1).map(anyValue);
    default:
      return undefined;
  }
}
