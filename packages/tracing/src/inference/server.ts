import type { Attributes } from '@opentelemetry/api';
import { genAi, providerOfHost } from './conventions.js';

/** The server that a client asks. */
export interface Server {
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Provider that the host is known to belong to. */
  readonly provider: string | undefined;
}

/** Tells the server of a client, whose base URL may change between calls. */
export function serverOf(baseUrl: () => unknown): () => Server {
  let known: unknown;
  let server: Server = { address: undefined, port: undefined, provider: undefined };
  return () => {
    const url = baseUrl();
    if (url !== known) {
      known = url;
      server = parse(url);
    }
    return server;
  };
}

function parse(text: unknown): Server {
  try {
    const url = new URL(String(text));
    const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
    return { address, port, provider: providerOfHost(address) };
  } catch {
    return { address: undefined, port: undefined, provider: undefined };
  }
}

export function addServer(attributes: Attributes, server: Server): void {
  if (server.address !== undefined) attributes[genAi.serverAddress] = server.address;
  if (server.port !== undefined) attributes[genAi.serverPort] = server.port;
}

/** Adds a request's parameter when it is a number, a text or a list of texts. */
export function addParameter(attributes: Attributes, name: string, value: unknown): void {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'boolean':
      attributes[name] = value;
      break;
    case 'object':
      if (Array.isArray(value) && value.every((each) => typeof each === 'string')) {
        attributes[name] = value.slice(0, 128);
      }
  }
}
