import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

// Thrift binary: a field is 3 bytes and its value; a string has 4 bytes of length. A tag has seven such
// fields besides the key and the value.
const tagOverhead = 64;
const spanOverhead = 256;

/** An upper bound of what a span takes as Jaeger's Thrift, in bytes. */
export function spanSizeBound(span: ReadableSpan): number {
  let size = spanOverhead + textSize(span.name);
  size += attributesSize(span.attributes) + attributesSize(span.resource.attributes);
  // Tags that the exporter adds: status, kind, library, counts of what was dropped.
  size += 8 * (tagOverhead + 48);
  size += textSize(span.status.message ?? '') + textSize(span.instrumentationScope.name);
  size += textSize(span.instrumentationScope.version ?? '');
  size += span.links.length * 64;
  for (const event of span.events) {
    size += 2 * tagOverhead + 32 + textSize(event.name) + attributesSize(event.attributes ?? {});
  }
  return size;
}

function attributesSize(attributes: Attributes): number {
  let size = 0;
  for (const name in attributes) {
    size += tagOverhead + textSize(name) + valueSize(attributes[name]);
  }
  return size;
}

function valueSize(value: AttributeValue | undefined): number {
  switch (typeof value) {
    case 'string':
      return textSize(value);
    case 'object':
      return textSize(String(value));
    default:
      return 0;
  }
}

/** Exact for long texts, for which it matters; three bytes a character for the others. */
function textSize(text: string): number {
  return text.length < 1024 ? text.length * 3 : Buffer.byteLength(text);
}
