import type { IncomingMessage } from 'node:http';
import type { Attributes } from '@opentelemetry/api';

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

/** Attributes of a request by the stable HTTP conventions (semantic conventions 1.23 and later). */
export function requestAttributes(
  req: IncomingMessage,
  correlationId: string | undefined,
): Attributes {
  const { method = 'GET', socket, headers, url = '/' } = req;
  const known = knownMethods.has(method);
  const query = url.indexOf('?');
  const attributes: Attributes = {
    'http.request.method': known ? method : '_OTHER',
    'url.scheme': 'encrypted' in socket ? 'https' : 'http',
    'url.path': query < 0 ? url : url.slice(0, query),
    'network.protocol.version': req.httpVersion,
  };
  if (!known) attributes['http.request.method_original'] = method;
  if (query >= 0) attributes['url.query'] = url.slice(query + 1);
  addServer(attributes, headers.host, socket.localPort);
  const agent = headers['user-agent'];
  if (agent !== undefined) attributes['user_agent.original'] = agent;
  const peer = socket.remoteAddress;
  if (peer !== undefined) {
    attributes['network.peer.address'] = peer;
    attributes['client.address'] = peer;
    if (socket.remotePort !== undefined) attributes['network.peer.port'] = socket.remotePort;
  }
  if (correlationId !== undefined) attributes['correlation_id'] = correlationId;
  return attributes;
}

/** `host:port`, `[v6]:port` or either without a port; anything else is taken as it is, cut. */
function addServer(attributes: Attributes, host: string | undefined, localPort?: number): void {
  if (host === undefined) return;
  const text = host.slice(0, maxHostLength);
  const colon = text.lastIndexOf(':');
  const port = colon > text.lastIndexOf(']') ? Number(text.slice(colon + 1)) : NaN;
  const hasPort = Number.isInteger(port) && port > 0 && port <= 65_535;
  const address = hasPort ? text.slice(0, colon) : text;
  attributes['server.address'] = address.startsWith('[') ? address.slice(1, -1) : address;
  const serverPort = hasPort ? port : localPort;
  if (serverPort !== undefined) attributes['server.port'] = serverPort;
}
