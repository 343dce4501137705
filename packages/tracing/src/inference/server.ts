import { providerOfHost, type Server } from './conventions.js';

/** The server of a client, and whose it is known to be. */
export interface ClientServer extends Server {
  readonly provider: string | undefined;
}

/** Tells the server of a client, whose base URL may change between calls. */
export function serverOf(baseUrl: () => unknown): () => ClientServer {
  let known: unknown;
  let server: ClientServer = { address: undefined, port: undefined, provider: undefined };
  return () => {
    const url = baseUrl();
    if (url !== known) {
      known = url;
      server = parse(url);
    }
    return server;
  };
}

function parse(text: unknown): ClientServer {
  try {
    const url = new URL(String(text));
    const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);
    return { address, port, provider: providerOfHost(address) };
  } catch {
    return { address: undefined, port: undefined, provider: undefined };
  }
}
