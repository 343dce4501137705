import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { withoutKnownPrompts } from '../error-text.js';
import { maskBounded } from '../mask.js';

export interface Privacy {
  readonly recordQueryText: boolean;
  readonly recordUrlQuery: boolean;
  readonly maskError: ((text: string) => string) | false;
}

// Both generations of the conventions, as instrumentations move from one to the other.
const queryTextNames = ['db.query.text', 'db.statement', 'db.postgresql.values'];
const urlNames = ['url.full', 'url.path', 'http.url', 'http.target'];
const maxTextLength = 16_384;

/**
 * What of a finished span may leave the process. Instrumentations record SQL texts, Redis arguments,
 * URLs and raw error messages; this is the one place that all spans pass. A span with nothing to hide
 * goes on as it is, another one as a view of itself.
 */
export function privateSpan(span: ReadableSpan, privacy: Privacy): ReadableSpan {
  const overrides: PropertyDescriptorMap = {};
  const attributes = privateAttributes(span.attributes, privacy);
  if (attributes !== span.attributes) overrides['attributes'] = { value: attributes };
  const maskError = maskFor(span.attributes, privacy);
  if (maskError !== false) {
    const { message } = span.status;
    if (message !== undefined) {
      const masked = maskBounded(message, maxTextLength, maskError);
      if (masked !== message) {
        overrides['status'] = { value: { ...span.status, message: masked } };
      }
    }
    if (span.events.some((event) => event.name === 'exception')) {
      overrides['events'] = { value: maskedEvents(span.events, maskError) };
    }
  }
  for (const _ in overrides) return Object.create(span, overrides) as ReadableSpan;
  return span;
}

/** A database's complaint quotes what it complains of: values of the query, arguments of the command. */
function maskFor(attributes: Attributes, privacy: Privacy): Privacy['maskError'] {
  const { maskError, recordQueryText } = privacy;
  const database = attributes['db.system.name'] ?? attributes['db.system'];
  if (maskError === false) return false;
  if (recordQueryText || database === undefined) {
    // Errors of model calls pass through spans that are not ours, such as the outer ones of an SDK.
    return (text) => maskError(withoutKnownPrompts(text));
  }
  return (text) => maskError(text.replace(/"[^"]*"|'[^']*'/g, '[VALUE]'));
}

function privateAttributes(attributes: Attributes, privacy: Privacy): Attributes {
  let own: Attributes | undefined;
  const copy = (): Attributes => (own ??= { ...attributes });
  if (!privacy.recordQueryText) {
    for (const name of queryTextNames) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- of a copy with these names only
      if (attributes[name] !== undefined) delete copy()[name];
    }
  }
  if (!privacy.recordUrlQuery) {
    if (attributes['url.query'] !== undefined) delete copy()['url.query'];
    for (const name of urlNames) {
      const url = attributes[name];
      const query = typeof url === 'string' ? url.indexOf('?') : -1;
      if (query >= 0) copy()[name] = (url as string).slice(0, query);
    }
  }
  return own ?? attributes;
}

function maskedEvents(
  events: ReadableSpan['events'],
  mask: (text: string) => string,
): ReadableSpan['events'] {
  return events.map((event) => {
    if (event.name !== 'exception' || event.attributes === undefined) return event;
    const attributes = { ...event.attributes };
    for (const name of ['exception.message', 'exception.stacktrace']) {
      const text = attributes[name];
      if (typeof text === 'string') attributes[name] = maskBounded(text, maxTextLength, mask);
    }
    return { ...event, attributes };
  });
}
