import type { IncomingMessage } from 'node:http';
import type { Span } from '@opentelemetry/api';

const knownMethods = new Set([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);
const maxHostLength = 255;

/** The name of a server span: its method, which is one of few, and its route, if known. */
export function spanName(method: string | undefined, route: string | undefined): string {
  const known = method !== undefined && knownMethods.has(method) ? method : 'HTTP';
  return route === undefined ? known : `${known} ${route}`;
}

/**
 * Describes a request by the stable HTTP conventions (semantic conventions 1.23 and later). Set on the span
 * rather than given to its start, where the SDK would walk through them three times.
 */
export function describeRequest(span: Span, req: IncomingMessage, recordUrlQuery: boolean): void {
  const { method = 'GET', socket, headers, url = '/' } = req;
  const known = knownMethods.has(method);
  const query = url.indexOf('?');
  span.setAttribute('http.request.method', known ? method : '_OTHER');
  if (!known) span.setAttribute('http.request.method_original', method);
  span.setAttribute('url.scheme', 'encrypted' in socket ? 'https' : 'http');
  span.setAttribute('url.path', query < 0 ? url : url.slice(0, query));
  if (recordUrlQuery && query >= 0) span.setAttribute('url.query', url.slice(query + 1));
  // Nearly all are 1.1, which is what a reader assumes.
  if (req.httpVersion !== '1.1') span.setAttribute('network.protocol.version', req.httpVersion);
  describeServer(span, headers.host, socket.localPort);
  const agent = headers['user-agent'];
  if (agent !== undefined) span.setAttribute('user_agent.original', agent);
  if (socket.remoteAddress !== undefined) span.setAttribute('client.address', socket.remoteAddress);
}

/** `host:port`, `[v6]:port` or either without a port; anything else is taken as it is, cut. */
function describeServer(span: Span, host: string | undefined, localPort?: number): void {
  if (host === undefined) return;
  const text = host.slice(0, maxHostLength);
  const colon = text.lastIndexOf(':');
  const port = colon > text.lastIndexOf(']') ? Number(text.slice(colon + 1)) : NaN;
  const hasPort = Number.isInteger(port) && port > 0 && port <= 65_535;
  const address = hasPort ? text.slice(0, colon) : text;
  span.setAttribute('server.address', address.startsWith('[') ? address.slice(1, -1) : address);
  const serverPort = hasPort ? port : localPort;
  if (serverPort !== undefined) span.setAttribute('server.port', serverPort);
}
