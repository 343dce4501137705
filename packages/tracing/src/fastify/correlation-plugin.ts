import type { IncomingMessage, ServerResponse } from 'node:http';
import { incomingIds, type CorrelationOptions, type IncomingIds } from '../incoming-id.js';
import { enterRequest, setActiveRoute } from '../request-scope.js';

interface RequestLike {
  readonly raw: unknown;
  readonly routeOptions?: { readonly url?: string | undefined } | undefined;
}

interface ReplyLike {
  readonly raw: unknown;
  header(name: string, value: string): unknown;
}

type Hook = (request: RequestLike, reply: ReplyLike, done: () => void) => void;

/** As much of a Fastify instance as the plugin uses. */
export interface FastifyLike {
  addHook(name: 'onRequest' | 'preValidation', hook: Hook): unknown;
}

/** A Fastify plugin: `app.register(correlationPlugin, options)`. */
export type CorrelationPlugin = (
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- any server, logger and type provider
  app: any,
  options: CorrelationOptions,
  done: (error?: Error) => void,
) => void;

// Which instance has the hooks, and with which options: registering again changes these only.
const registered = new WeakMap<object, { ids: IncomingIds }>();

/**
 * Does for Fastify what `correlationMiddleware` does for others, for all routes of the instance that it
 * is registered on, and those registered before it. Registered again, the last options count.
 */
export const correlationPlugin: CorrelationPlugin = Object.assign(
  (app: FastifyLike, options: CorrelationOptions, done: (error?: Error) => void): void => {
    let ids: IncomingIds;
    try {
      ids = incomingIds(options);
    } catch (error) {
      done(error as Error);
      return;
    }
    const earlier = registered.get(app);
    if (earlier === undefined) addHooks(app, ids);
    else earlier.ids = ids;
    done();
  },
  {
    // As `fastify-plugin` does: the hooks belong to the instance itself, not to a child of it.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@llm/tracing',
    [Symbol.for('plugin-meta')]: { name: '@llm/tracing', fastify: '>=4.0.0 <6' },
  },
);

function addHooks(app: FastifyLike, ids: IncomingIds): void {
  const holder = { ids };
  registered.set(app, holder);
  const enter: Hook = (request, reply, done) => {
    const req = request.raw as IncomingMessage;
    enterRequest(
      holder.ids.idOf(req),
      req,
      reply.raw as ServerResponse,
      done,
      request.routeOptions?.url,
    );
  };
  app.addHook('onRequest', (request, reply, done) => {
    const id = holder.ids.idOf(request.raw as IncomingMessage);
    reply.header(holder.ids.headerName, id);
    enter(request, reply, done);
  });
  // A content type parser that answers from elsewhere (a pool, a native callback) has lost the context.
  app.addHook('preValidation', enter);
}

/** For who wants no correlation ids: tells the server span the route of each request. */
export const routePlugin: CorrelationPlugin = (app: FastifyLike, _options, done): void => {
  app.addHook('onRequest', (request, _reply, next) => {
    setActiveRoute(request.routeOptions?.url);
    next();
  });
  done();
};
