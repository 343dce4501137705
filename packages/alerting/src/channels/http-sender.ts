import * as http from 'node:http';
import * as https from 'node:https';
import { DeliveryError, type SendContext } from './channel.js';
import { AlertingConfigError } from '../configuration.js';
import { retryAfterMillis } from './retry-after.js';

/** What every channel that speaks HTTP can be told. */
export interface HttpSenderOptions {
  /** `http:` or `https:`, without a user and password. */
  readonly url: string | URL;
  /** Headers of your own, such as a token. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Hosts that may be called, `name` or `name:port`; `url` must be one of them. Default: the host of `url`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Makes the connections: for a proxy or a certificate of your own. Default: kept alive, as many as needed. */
  readonly agent?: http.Agent | undefined;
}

/** What a receiver answered. */
export interface HttpAnswer {
  readonly status: number;
  /** At most the first 64 KiB. */
  readonly body: string;
}

/** Why an answer means that the same message will never be taken; null: trying again may help. */
export type Refusal = (answer: HttpAnswer) => string | null;

/** No more of an answer is read. */
const maxAnswerBytes = 65_536;

/** Posts to one URL over connections that are kept alive. It follows no redirect. */
export class HttpSender {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: http.Agent;
  readonly #ownsAgent: boolean;
  readonly #request: typeof http.request;
  readonly #refusal: Refusal;

  /**
   * `refusal` says which answers refuse the message itself. Everything else is tried again: what is wrong
   * with an address, an account or a token can be put right while the delivery waits in the store.
   *
   * @throws AlertingConfigError naming the option, which begins with `path`.
   */
  constructor(path: string, options: HttpSenderOptions, refusal: Refusal = () => null) {
    this.#url = checkedUrl(`${path}.url`, options.url, options.allowedHosts);
    this.#headers = options.headers ?? {};
    checkHeaders(`${path}.headers`, this.#headers);
    const secure = this.#url.protocol === 'https:';
    this.#ownsAgent = options.agent === undefined;
    this.#agent =
      options.agent ??
      (secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true }));
    this.#request = secure ? https.request : http.request;
    this.#refusal = refusal;
  }

  /** Rejects with a `DeliveryError` unless the answer is 2xx; the error names no address, which could carry a secret. */
  async post(
    body: string,
    headers: Readonly<Record<string, string>>,
    { signal, now }: SendContext,
  ): Promise<HttpAnswer> {
    let response: Response;
    try {
      response = await this.#exchange(body, headers, signal);
    } catch (error) {
      // The receiver had closed a connection that was kept: a new one tells whether it is there.
      if (!(error instanceof StaleConnection) || signal.aborted) throw unanswered(error);
      response = await this.#exchange(body, headers, signal).catch((again: unknown) => {
        throw unanswered(again);
      });
    }
    const { status, retryAfter } = response;
    if (status >= 200 && status < 300) return { status, body: response.body };
    const wait = retryAfterMillis(retryAfter, now());
    const redirected = status >= 300 && status < 400;
    const refused = this.#refusal(response);
    const why = redirected ? 'a redirect, which is not followed' : refused?.slice(0, 200);
    throw new DeliveryError(`answered ${status}${why === undefined ? '' : `, ${why}`}`, {
      ...(wait === undefined ? {} : { retryAfterMillis: wait }),
      permanent: refused !== null,
    });
  }

  close(): Promise<void> {
    if (this.#ownsAgent) this.#agent.destroy();
    return Promise.resolve();
  }

  #exchange(
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const request = this.#request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        signal,
        headers: {
          ...this.#headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
        reject(request.reusedSocket && closed ? new StaleConnection(error) : error);
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const done = (): void =>
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: response.headers['retry-after'] ?? null,
            body: Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes),
          });
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes <= maxAnswerBytes) return;
          done();
          response.destroy();
        });
        response.on('end', done);
        response.on('error', reject);
      });
      request.end(body);
    });
  }
}

interface Response extends HttpAnswer {
  readonly retryAfter: string | null;
}

class StaleConnection extends Error {
  readonly code: string | undefined;

  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message, { cause });
    this.code = cause.code;
  }
}

function unanswered(error: unknown): DeliveryError {
  const { code, name } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return new DeliveryError(`no answer (${code ?? name ?? 'unknown'})`, { cause: error });
}

/** The URL of a receiver, or an error that says why it must not be called; the URL may hold a secret. */
export function checkedUrl(path: string, value: unknown, allowedHosts?: readonly string[]): URL {
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw new AlertingConfigError(path, 'must be a URL', value);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AlertingConfigError(path, 'must be http or https', url.protocol);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AlertingConfigError(path, 'must not carry a user or password: use headers');
  }
  if (
    allowedHosts !== undefined &&
    !allowedHosts.some((h) => h === url.host || h === url.hostname)
  ) {
    throw new AlertingConfigError(
      path,
      `its host is not allowed (allowed: ${allowedHosts.join(', ')})`,
      url.host,
    );
  }
  return url;
}

function checkHeaders(path: string, headers: Readonly<Record<string, string>>): void {
  for (const [header, value] of Object.entries(headers)) {
    try {
      http.validateHeaderName(header);
      http.validateHeaderValue(header, value);
    } catch {
      // The value may be a secret: it is not quoted.
      throw new AlertingConfigError(`${path}.${header}`, 'is not a header that can be sent');
    }
  }
}
