import { SpanKind, SpanStatusCode, type Attributes, type AttributeValue } from '@opentelemetry/api';
import type { HrTime, Link } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { ThriftWriter } from './thrift-writer.js';

// jaeger.thrift: TagType and SpanRefType.
const tagString = 0;
const tagDouble = 1;
const tagBool = 2;
const tagLong = 3;
const followsFrom = 1;

/** A span as Jaeger's `Span`, by OpenTelemetry's mapping to Jaeger. */
export function writeSpan(writer: ThriftWriter, span: ReadableSpan): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  writer.beginStruct();
  writeId(writer, 1, traceId, 16);
  writeId(writer, 2, traceId, 0);
  writeId(writer, 3, spanId, 0);
  writeId(writer, 4, span.parentSpanContext?.spanId ?? '0000000000000000', 0);
  writer.string(5, span.name);
  if (span.links.length > 0) {
    writer.structs(6, span.links.length);
    for (const link of span.links) writeReference(writer, link);
  }
  writer.i32(7, traceFlags & 1);
  writeMicros(writer, 8, span.startTime);
  writeMicros(writer, 9, span.duration);
  writeTags(writer, 10, tagsOf(span));
  if (span.events.length > 0) {
    writer.structs(11, span.events.length);
    for (const event of span.events) {
      writer.beginStruct();
      writeMicros(writer, 1, event.time);
      writeTags(writer, 2, { event: event.name, ...event.attributes });
      writer.endStruct();
    }
  }
  writer.endStruct();
}

/** The service that spans come from, as Jaeger's `Process`. */
export function writeProcess(writer: ThriftWriter, resource: Attributes): void {
  const { 'service.name': service, ...others } = resource;
  writer.beginStruct();
  writer.string(1, typeof service === 'string' ? service : 'unknown_service');
  writeTags(writer, 2, others);
  writer.endStruct();
}

function tagsOf(span: ReadableSpan): Attributes {
  const { status, kind, instrumentationScope: scope } = span;
  const tags: Attributes = { ...span.attributes };
  if (kind !== SpanKind.INTERNAL) tags['span.kind'] = SpanKind[kind].toLowerCase();
  if (status.code !== SpanStatusCode.UNSET) {
    tags['otel.status_code'] = SpanStatusCode[status.code];
    if (status.message) tags['otel.status_description'] = status.message;
    // Jaeger's own mark. An attribute of that name, a message, has to give way to it.
    if (status.code === SpanStatusCode.ERROR) {
      if (typeof tags['error'] === 'string') tags['error.message'] ??= tags['error'];
      tags['error'] = true;
    }
  }
  tags['otel.scope.name'] = scope.name;
  if (scope.version) tags['otel.scope.version'] = scope.version;
  if (span.droppedAttributesCount > 0) {
    tags['otel.dropped_attributes_count'] = span.droppedAttributesCount;
  }
  if (span.droppedEventsCount > 0) tags['otel.dropped_events_count'] = span.droppedEventsCount;
  if (span.droppedLinksCount > 0) tags['otel.dropped_links_count'] = span.droppedLinksCount;
  return tags;
}

function writeTags(writer: ThriftWriter, id: number, tags: Attributes): void {
  let count = 0;
  for (const name in tags) if (tags[name] !== undefined) count++;
  writer.structs(id, count);
  for (const name in tags) {
    const value = tags[name];
    if (value !== undefined) writeTag(writer, name, value);
  }
}

function writeTag(writer: ThriftWriter, name: string, value: AttributeValue): void {
  writer.beginStruct();
  writer.string(1, name);
  switch (typeof value) {
    case 'boolean':
      writer.i32(2, tagBool);
      writer.bool(5, value);
      break;
    case 'number':
      if (Number.isSafeInteger(value)) {
        writer.i32(2, tagLong);
        writeInteger(writer, 6, value);
      } else {
        writer.i32(2, tagDouble);
        writer.double(4, value);
      }
      break;
    default:
      writer.i32(2, tagString);
      writer.string(3, typeof value === 'string' ? value : JSON.stringify(value));
  }
  writer.endStruct();
}

function writeReference(writer: ThriftWriter, { context }: Pick<Link, 'context'>): void {
  writer.beginStruct();
  writer.i32(1, followsFrom);
  writeId(writer, 2, context.traceId, 16);
  writeId(writer, 3, context.traceId, 0);
  writeId(writer, 4, context.spanId, 0);
  writer.endStruct();
}

/** Sixteen hexadecimal digits of an id, from `start`. */
function writeId(writer: ThriftWriter, field: number, hex: string, start: number): void {
  writer.i64(field, hexadecimal(hex, start), hexadecimal(hex, start + 8));
}

function hexadecimal(hex: string, start: number): number {
  let value = 0;
  for (let i = start; i < start + 8; i++) {
    const code = hex.charCodeAt(i);
    value = (value << 4) | (code < 58 ? code - 48 : (code | 32) - 87);
  }
  return value;
}

const word = 2 ** 32;

function writeInteger(writer: ThriftWriter, field: number, value: number): void {
  writer.i64(field, Math.floor(value / word) | 0, value | 0);
}

function writeMicros(writer: ThriftWriter, field: number, [seconds, nanos]: HrTime): void {
  writeInteger(writer, field, seconds * 1e6 + Math.round(nanos / 1000));
}
