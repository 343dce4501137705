import type { IncomingMessage } from 'node:http';
import { TracingConfigError } from './config-error.js';
import { generateCorrelationId, isCorrelationId } from './correlation-id.js';
import { counters } from './stats.js';

/** How a server finds the correlation id of a request. */
export interface CorrelationOptions {
  /** Whether ids (and, at servers that `setupTracing` instruments, trace headers) sent by the client are taken: always, never, or as a function of the request says. Default true; set it to false at a public edge. */
  readonly trustIncoming?: boolean | ((req: IncomingMessage) => boolean) | undefined;
  /** Header that brings the id and that returns it. Default `X-Correlation-ID`. */
  readonly headerName?: string | undefined;
  /** Headers that are tried next, in this order. Default `['X-Request-ID']`. */
  readonly fallbackHeaderNames?: readonly string[] | undefined;
  /** Makes an id when none was taken. Default a random UUID, which also replaces an id that is not valid. */
  readonly generateId?: (() => string) | undefined;
}

/** A validated {@link CorrelationOptions} that answers for requests. */
export interface IncomingIds {
  readonly headerName: string;
  /** The id of this request: the same one however often, and by whomever, it is asked for. */
  readonly idOf: (req: IncomingMessage) => string;
  /** Whether what the client sent about ids and traces is believed. */
  readonly trusts: (req: IncomingMessage) => boolean;
}

interface Assigned {
  readonly id: string;
  /** Whether the client sent it, which another owner of the request may not trust. */
  readonly sent: boolean;
}

// On the request, so that two middlewares, Fastify's genReqId and other copies of this package agree.
const assignedKey = Symbol.for('llm.tracing.assigned_id.v1');
interface Marked {
  [assignedKey]?: Assigned;
}

const headerToken = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** @throws TracingConfigError naming the option that is wrong */
export function incomingIds(options: CorrelationOptions = {}): IncomingIds {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw new TracingConfigError('options', 'an object', options);
  }
  const {
    trustIncoming = true,
    headerName = 'X-Correlation-ID',
    fallbackHeaderNames = ['X-Request-ID'],
    generateId,
  } = options;
  if (typeof trustIncoming !== 'boolean' && typeof trustIncoming !== 'function') {
    throw new TracingConfigError('trustIncoming', 'a boolean or a function', trustIncoming);
  }
  if (!isHeaderName(headerName)) {
    throw new TracingConfigError('headerName', 'the name of an HTTP header', headerName);
  }
  if (!Array.isArray(fallbackHeaderNames) || !fallbackHeaderNames.every(isHeaderName)) {
    throw new TracingConfigError(
      'fallbackHeaderNames',
      'an array of names of HTTP headers',
      fallbackHeaderNames,
    );
  }
  if (generateId !== undefined && typeof generateId !== 'function') {
    throw new TracingConfigError('generateId', 'a function', generateId);
  }
  const names = [headerName, ...fallbackHeaderNames].map((name) => name.toLowerCase());

  const idOf = (req: IncomingMessage): string => {
    const marked = req as IncomingMessage & Marked;
    const earlier = marked[assignedKey];
    if (earlier !== undefined && (!earlier.sent || trusts(trustIncoming, req))) return earlier.id;
    const assigned = assign(req, names, trustIncoming, generateId);
    marked[assignedKey] = assigned;
    return assigned.id;
  };
  return { headerName, idOf, trusts: (req) => trusts(trustIncoming, req) };
}

function isHeaderName(value: unknown): value is string {
  return typeof value === 'string' && headerToken.test(value);
}

function assign(
  req: IncomingMessage,
  names: readonly string[],
  trustIncoming: NonNullable<CorrelationOptions['trustIncoming']>,
  generateId: CorrelationOptions['generateId'],
): Assigned {
  // Asked once a request, and only if there is something to trust.
  let trusted: boolean | undefined;
  let rejected = false;
  for (const name of names) {
    // Node joins what was sent twice with ", ", which is no id; so is an array.
    const sent: unknown = (req.headers as IncomingMessage['headers'] | undefined)?.[name];
    if (sent === undefined) continue;
    if (isCorrelationId(sent) && (trusted ??= trusts(trustIncoming, req))) {
      counters.idsAccepted++;
      return { id: sent, sent: true };
    }
    rejected = true;
  }
  if (rejected) counters.idsRejected++;
  return { id: generated(generateId), sent: false };
}

function trusts(
  trustIncoming: NonNullable<CorrelationOptions['trustIncoming']>,
  req: IncomingMessage,
): boolean {
  if (typeof trustIncoming === 'boolean') return trustIncoming;
  try {
    // A promise, from an async function given by mistake, is not a yes.
    return (trustIncoming(req) as unknown) === true;
  } catch {
    counters.internalErrors++;
    return false;
  }
}

function generated(generateId: CorrelationOptions['generateId']): string {
  if (generateId !== undefined) {
    try {
      const id: unknown = generateId();
      if (isCorrelationId(id)) {
        counters.idsGenerated++;
        return id;
      }
    } catch {
      // Counted below, as an id that is not valid is.
    }
    counters.internalErrors++;
  }
  return generateCorrelationId();
}
