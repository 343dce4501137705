import type { IncomingMessage, ServerResponse } from 'node:http';
import { AlertingConfigError } from '../configuration.js';
import { fetchBody, rawBody } from './http-body.js';
import { HttpProblem } from './http-problem.js';

/** A request as our handlers see it, whoever received it. */
export interface HttpCall {
  readonly method: string;
  /** Without the handler's own path, always with a slash at the beginning and none at the end. */
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** As it came; rejects with an `HttpProblem` when it is too large. */
  body(): Promise<Buffer>;
}

/** What a handler of ours answers. */
export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; anything else as JSON. Default: none. */
  readonly body?: unknown;
}

/**
 * A request handler. Call it as node:http, Express and Connect do, or use `fetch` where requests are
 * `Request` objects. Requests that are not for it go to `next`, or are answered with 404.
 */
export interface HttpHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Answers a `Request`; never rejects. */
  fetch(request: Request): Promise<Response>;
}

/** How a handler is put together. */
export interface HttpHandlerSettings {
  /** The path below which it answers, without a slash at the end. */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** Answers a call; null: it is not for this handler. */
  readonly answer: (call: HttpCall) => Promise<HttpReply | null>;
  /** Hears of what went wrong. */
  readonly onError: (error: unknown) => void;
  /** How a problem is told to whoever asked for this path. Default: `{ error }`. */
  readonly problem?: (status: number, message: string, path: string) => HttpReply;
}

/** Makes a handler for both kinds of servers. */
export function httpHandler(settings: HttpHandlerSettings): HttpHandler {
  const { path: base, maxBodyBytes, problem = jsonProblem } = settings;
  const answer = async (
    target: string,
    call: Omit<HttpCall, 'path' | 'query'>,
  ): Promise<HttpReply | null> => {
    const mark = target.indexOf('?');
    const path = pathBelow(base, mark < 0 ? target : target.slice(0, mark));
    if (path === null) return null;
    try {
      const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
      return await settings.answer({ ...call, path, query });
    } catch (error) {
      if (error instanceof HttpProblem && error.status < 500) {
        return problem(error.status, error.message, path);
      }
      settings.onError(error);
      if (error instanceof HttpProblem) return problem(error.status, error.message, path);
      // What went wrong inside is no business of whoever asked.
      return problem(503, 'this could not be done now, please try again', path);
    }
  };
  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): Promise<void> => {
    const reply = await answer(request.url ?? '/', {
      method: request.method ?? 'GET',
      header: (name) => {
        const value = request.headers[name];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      body: () => rawBody(request, maxBodyBytes),
    });
    if (reply === null && next !== undefined) {
      next();
      return;
    }
    const { status, headers, body } = serialised(reply ?? problem(404, 'not found', ''));
    // What is left of a body that nobody wants would be taken for the next request.
    if (!request.complete && status >= 400) response.setHeader('connection', 'close');
    response.writeHead(status, headers).end(body);
  };
  return Object.assign(
    (
      request: IncomingMessage,
      response: ServerResponse,
      next?: (error?: unknown) => void,
    ): void => {
      handle(request, response, next).catch((error: unknown) => {
        settings.onError(error);
        response.destroy();
      });
    },
    {
      async fetch(request: Request): Promise<Response> {
        const { pathname, search } = new URL(request.url);
        const reply = await answer(pathname + search, {
          method: request.method,
          header: (name) => request.headers.get(name) ?? undefined,
          body: () => fetchBody(request, maxBodyBytes),
        });
        const { status, headers, body } = serialised(reply ?? problem(404, 'not found', ''));
        const bodiless = request.method === 'HEAD' || status === 204;
        return new Response(bodiless ? null : body, { status, headers });
      },
    },
  );
}

function jsonProblem(status: number, message: string): HttpReply {
  return { status, body: { error: message } };
}

function serialised({ status, headers = {}, body = '' }: HttpReply) {
  const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  if (typeof body === 'string') {
    const type = body === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
    return { status, headers: { ...always, ...type, ...headers }, body };
  }
  const type = { 'content-type': 'application/json' };
  return { status, headers: { ...always, ...type, ...headers }, body: JSON.stringify(body) };
}

/** What follows the base, or null when the path is not below it. */
function pathBelow(base: string, path: string): string | null {
  if (!path.startsWith(base)) return null;
  const rest = path.slice(base.length);
  if (rest !== '' && !rest.startsWith('/')) return null;
  return `/${rest.split('/').filter(Boolean).join('/')}`;
}

/** A path with a slash at the beginning and none at the end; empty: everywhere. */
export function checkedPath(value: unknown): string {
  if (typeof value !== 'string' || !/^(?:\/[\w.~-]+)*\/?$/.test(value)) {
    throw new AlertingConfigError('path', 'must be a path such as /acknowledge', value);
  }
  return value.replace(/\/$/, '');
}
