import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestLog, type RequestLogOptions } from '../request/request-log.js';

interface RequestLike {
  readonly raw: unknown;
  readonly routeOptions?: { readonly url?: string | undefined } | undefined;
}

interface ReplyLike {
  readonly raw: unknown;
}

type Done = (error?: null, payload?: unknown) => void;

/** As much of a Fastify instance as the plugin uses. */
export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: RequestLike, reply: ReplyLike, done: () => void) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: RequestLike, reply: ReplyLike, error: unknown, done: () => void) => void,
  ): unknown;
  addHook(
    name: 'onSend',
    hook: (request: RequestLike, reply: ReplyLike, payload: unknown, done: Done) => void,
  ): unknown;
}

/** A Fastify plugin: `app.register(requestLogPlugin, options)`. */
export type RequestLogPlugin = (
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any server, logger and type provider
  app: any,
  options: RequestLogOptions,
  done: (error?: Error) => void,
) => void;

/**
 * Does for Fastify what `requestLogger` does for others, for all routes of the instance that it is
 * registered on. Fastify's own lines of a request are switched off by its own option
 * `logController: new LogController({ disableRequestLogging: true })`.
 */
export const requestLogPlugin: RequestLogPlugin = Object.assign(
  (app: FastifyLike, options: RequestLogOptions, done: (error?: Error) => void): void => {
    try {
      addHooks(app, new RequestLog(options));
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  },
  {
    // As `fastify-plugin` does: the hooks belong to the instance itself, not to a child of it.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@llm/logging',
    [Symbol.for('plugin-meta')]: { name: '@llm/logging', fastify: '>=4.0.0 <6' },
  },
);

function addHooks(app: FastifyLike, log: RequestLog): void {
  app.addHook('onRequest', (request, reply, done) => {
    log.observe(
      request.raw as IncomingMessage,
      reply.raw as ServerResponse,
      () => request.routeOptions?.url,
    );
    done();
  });
  app.addHook('onError', (request, _reply, error, done) => {
    log.noteError(request.raw as IncomingMessage, error);
    done();
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    log.noteContext(request.raw as IncomingMessage);
    // When a body fails that is under way, Fastify just cuts the connection.
    if (isEmitter(payload)) {
      payload.once('error', (error) => log.noteError(request.raw as IncomingMessage, error));
    }
    done(null, payload);
  });
}

function isEmitter(
  value: unknown,
): value is { once(event: 'error', listener: (error: unknown) => void): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { pipe?: unknown }).pipe === 'function' &&
    typeof (value as { once?: unknown }).once === 'function'
  );
}
