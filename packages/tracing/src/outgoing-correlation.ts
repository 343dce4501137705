import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type * as http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { context } from '@opentelemetry/api';
import { baggageHeader } from './baggage.js';
import { correlationIdKey } from './context-scope.js';
import { llmContext } from './context.js';
import { isCorrelationId } from './correlation-id.js';
import { hostList, type HostList } from './host-list.js';
import { counters } from './stats.js';

/** Which hosts are told the id. */
export interface PropagateCorrelationOptions {
  /** Hosts that are told: `api.example.com`, `*.internal`, `localhost:8080`, or `*`. Required. */
  readonly hosts: readonly string[];
  /** Whether OpenTelemetry's baggage goes along. Default true. */
  readonly baggage?: boolean | undefined;
}

/** A request of undici, which is behind `fetch`, as its diagnostics channel shows it. */
interface UndiciRequest {
  readonly origin: string | URL;
  readonly headers: string | readonly unknown[];
  addHeader(name: string, value: string): void;
}

const idHeader = 'x-correlation-id';

/**
 * Sends the correlation id, and the baggage, along with outgoing requests of `fetch`, undici, `node:http`
 * and `node:https` to hosts that are listed, and to no others. Headers that the caller has set stay. It
 * needs no SDK and no spans.
 *
 * @returns a function that ends it
 * @throws TracingConfigError naming the host that is wrong
 */
export function propagateCorrelation(options: PropagateCorrelationOptions): () => void {
  const allows = hostList(options.hosts, 'hosts');
  const headers = (): [string, string][] => outgoingHeaders(options.baggage ?? true);
  const stopFetch = watchFetch(allows, headers);
  const stopHttp = watchHttp(allows, headers);
  return () => {
    stopFetch();
    stopHttp();
  };
}

function outgoingHeaders(withBaggage: boolean): [string, string][] {
  const headers: [string, string][] = [];
  const active = context.active();
  const id = llmContext.getStore()?.correlationId ?? active.getValue(correlationIdKey);
  if (isCorrelationId(id)) headers.push([idHeader, id]);
  const baggage = withBaggage ? baggageHeader(active) : undefined;
  if (baggage !== undefined) headers.push(['baggage', baggage]);
  return headers;
}

function watchFetch(allows: HostList, headers: () => [string, string][]): () => void {
  const onCreate = (message: unknown): void => {
    try {
      const { request } = message as { request: UndiciRequest };
      const { hostname, port, protocol } = new URL(request.origin);
      if (!allows(hostname, portOf(port, protocol))) return;
      for (const [name, value] of headers()) {
        if (!hasHeader(request.headers, name)) request.addHeader(name, value);
      }
    } catch {
      counters.internalErrors++;
    }
  };
  subscribe('undici:request:create', onCreate);
  return () => void unsubscribe('undici:request:create', onCreate);
}

/** undici keeps headers as one text, or as names and values in turn. */
function hasHeader(headers: string | readonly unknown[], name: string): boolean {
  if (typeof headers === 'string')
    return (
      headers.toLowerCase().includes(`\r\n${name}:`) || headers.toLowerCase().startsWith(`${name}:`)
    );
  return headers.some(
    (each, index) =>
      index % 2 === 0 &&
      (typeof each === 'string' || Buffer.isBuffer(each)) &&
      each.toString().toLowerCase() === name,
  );
}

function watchHttp(allows: HostList, headers: () => [string, string][]): () => void {
  const add = (request: http.ClientRequest): void => {
    try {
      if (request.headersSent) return;
      const url = new URL(`${request.protocol}//${request.host}`);
      const [, port] = /:(\d+)$/.exec(String(request.getHeader('host'))) ?? [];
      if (!allows(url.hostname, portOf(port ?? '', request.protocol))) return;
      for (const [name, value] of headers()) {
        if (!request.hasHeader(name)) request.setHeader(name, value);
      }
    } catch {
      counters.internalErrors++;
    }
  };
  // Since Node 22.12 each request is announced before it is sent; before that, its makers are wrapped.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 12)) {
    const onCreated = (message: unknown): void => {
      add((message as { request: http.ClientRequest }).request);
    };
    subscribe('http.client.request.created', onCreated);
    return () => void unsubscribe('http.client.request.created', onCreated);
  }
  // Loaded here only, as they are a third of what this package's main entry would load.
  const undo = [process.getBuiltinModule('node:http'), process.getBuiltinModule('node:https')].map(
    (module) => wrapRequests(module, add),
  );
  return () => {
    for (const step of undo) step();
  };
}

type Requests = Pick<typeof http, 'request' | 'get'>;

function wrapRequests(module: Requests, add: (request: http.ClientRequest) => void): () => void {
  const { request, get } = module;
  let enabled = true;
  const wrappedRequest = function (this: unknown, ...args: Parameters<typeof request>) {
    const made = request.apply(this, args);
    if (enabled) add(made);
    return made;
  } as typeof request;
  // A `get` sends its headers before it returns, so it is made of a request.
  const wrappedGet = function (this: unknown, ...args: Parameters<typeof request>) {
    if (!enabled) return get.apply(this, args);
    const made = wrappedRequest.apply(this, args);
    made.end();
    return made;
  } as typeof get;
  module.request = wrappedRequest;
  module.get = wrappedGet;
  syncBuiltinESMExports();
  return () => {
    enabled = false;
    // Somebody may have wrapped it since; then ours stays and passes everything on.
    if (module.request === wrappedRequest) module.request = request;
    if (module.get === wrappedGet) module.get = get;
    syncBuiltinESMExports();
  };
}

function portOf(port: string, protocol: string): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
