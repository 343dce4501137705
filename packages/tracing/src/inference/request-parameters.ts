import type { Span } from '@opentelemetry/api';

/**
 * Sets a parameter of a request when it is a number, a text, a list of texts, or on. Each is read by its
 * name where this is called, which costs a fraction of going through a list of names.
 */
export function setParameter(span: Span, attribute: string, value: unknown): void {
  switch (typeof value) {
    case 'number':
    case 'string':
      span.setAttribute(attribute, value);
      break;
    case 'boolean':
      // Off is what everything is that is not mentioned.
      if (value) span.setAttribute(attribute, true);
      break;
    case 'object':
      if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
        span.setAttribute(attribute, value.slice(0, 128));
      }
  }
}
