import {
  context,
  propagation,
  type Baggage,
  type BaggageEntry,
  type Context,
} from '@opentelemetry/api';

// W3C Baggage: what every platform has to pass on.
const maxBytes = 8192;
const maxMembers = 64;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const printable = /^[\x21-\x7e]*$/;

/** The baggage of a context as the value of a `baggage` header; undefined when there is none. */
export function baggageHeader(active: Context = context.active()): string | undefined {
  const baggage = propagation.getBaggage(active);
  if (baggage === undefined) return undefined;
  let header = '';
  let members = 0;
  for (const [key, { value, metadata }] of baggage.getAllEntries()) {
    if (!token.test(key) || typeof value !== 'string') continue;
    const properties = metadata?.toString() ?? '';
    // Written by hand, it could hold a line break.
    const suffix = properties !== '' && printable.test(properties) ? `;${properties}` : '';
    const member = `${key}=${encode(value)}${suffix}`;
    if (header.length + member.length + 1 > maxBytes || members === maxMembers) break;
    header += header === '' ? member : `,${member}`;
    members++;
  }
  return header === '' ? undefined : header;
}

/** Reads a `baggage` header. What is malformed, or beyond the limits, is left out. */
export function parseBaggage(header: string): Baggage | undefined {
  const entries: Record<string, BaggageEntry> = {};
  let members = 0;
  for (const member of header.slice(0, maxBytes).split(',', maxMembers)) {
    const [pair = ''] = member.split(';', 1);
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(0, equals)).trim();
    const value = decode(pair.slice(equals + 1).trim());
    if (!token.test(key) || value === undefined || key === '__proto__') continue;
    entries[key] = { value };
    members++;
  }
  return members === 0 ? undefined : propagation.createBaggage(entries);
}

function encode(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    // Half of a surrogate pair.
    return encodeURIComponent(Buffer.from(value).toString());
  }
}

function decode(value: string): string | undefined {
  if (!printable.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
