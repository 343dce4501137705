import { errorType } from '../line/plain-error.js';
import { newWalk } from '../line/plain-value.js';

/** The route of a request that no route took; its path is never shown. */
export const unmatchedRoute = 'unmatched';

/** What a request's line says, under the names that it has there. */
export interface RequestLine {
  readonly method: string;
  /** The route's pattern, `/users/:id`, or `unmatched`: never the path that came, nor its query. */
  readonly route: string;
  /** Of the response; 499, as nginx has it, where the client left before there was one. */
  readonly status: number;
  /** From the arrival of the request's head to the end of the response, milliseconds. */
  readonly duration_ms: number;
  /** Bytes of the response on the connection, its head included; absent where that cannot be known (HTTP/2, injected requests). */
  readonly bytes_sent?: number | undefined;
  /** True where the response did not come to its end. */
  readonly aborted?: true | undefined;
  /** The class of the error that the request ended with, where it is known. */
  readonly error_type?: string | undefined;
  /** That error, in answers of 500 and above and in aborted ones. */
  readonly error?: unknown;
  /** The share of this route's lines that are written, where that is not all. */
  readonly sample_rate?: number | undefined;
}

/** What is known of a request when it is over. */
export interface RequestEnd {
  readonly method: string;
  readonly route: string;
  readonly headersSent: boolean;
  readonly statusCode: number;
  readonly finished: boolean;
  readonly durationMillis: number;
  readonly bytesSent: number | undefined;
  readonly error: unknown;
}

export function requestLine(end: RequestEnd): RequestLine {
  const { method, route, error, bytesSent } = end;
  const status = end.headersSent ? end.statusCode : 499;
  const line: { -readonly [K in keyof RequestLine]: RequestLine[K] } = {
    method,
    route,
    status,
    duration_ms: Math.round(end.durationMillis * 1000) / 1000,
  };
  if (bytesSent !== undefined) line.bytes_sent = bytesSent;
  if (!end.finished) line.aborted = true;
  if (error !== undefined && error !== null) {
    line.error_type = typeOf(error);
    if (status >= 500 || !end.finished) line.error = error;
  }
  return line;
}

/** `GET /users/:id 200`: few different texts, however many requests. */
export function requestMessage({ method, route, status, aborted }: RequestLine): string {
  return `${method} ${route} ${status}${aborted === true ? ' aborted' : ''}`;
}

function typeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return typeof error;
  const maxStringLength = 256;
  const limits = { maxDepth: 1, maxEntries: 1, maxStringLength, maxRecordLength: maxStringLength };
  return errorType(error, newWalk(limits, undefined));
}
