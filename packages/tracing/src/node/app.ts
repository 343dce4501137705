import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { correlationMiddleware } from '../correlation-middleware.js';
import { correlationPlugin, routePlugin } from '../fastify/correlation-plugin.js';
import { counters } from '../stats.js';
import { isFastify } from './app-kind.js';
import type { SetupPlan } from './setup-plan.js';

type Plugin = (app: unknown, options: object, done: (error?: Error) => void) => void;

/** Gives the application that was passed to `setupTracing` its routes and correlation ids. */
export function instrumentApp(plan: SetupPlan, fastify: Instrumentation | undefined): void {
  const { app, correlation } = plan;
  if (app === undefined) return;
  if (isFastify(app)) {
    instrumentFastify(app, correlation);
    (fastify as unknown as { plugin(): Plugin } | undefined)?.plugin()(app, {}, rethrow);
  } else if (correlation !== false) {
    (app as { use(middleware: unknown): void }).use(correlationMiddleware(correlation));
  }
}

/**
 * Does the same for Fastify applications that are made from now on, which Fastify 5 announces.
 *
 * @returns a function that ends it
 */
export function watchFastify({ correlation }: Pick<SetupPlan, 'correlation'>): () => void {
  const onInitialization = (message: unknown): void => {
    try {
      instrumentFastify((message as { fastify: unknown }).fastify, correlation);
    } catch {
      counters.internalErrors++;
    }
  };
  subscribe('fastify.initialization', onInitialization);
  return () => void unsubscribe('fastify.initialization', onInitialization);
}

function instrumentFastify(app: unknown, correlation: SetupPlan['correlation']): void {
  // Called rather than registered: a registered plugin would be loaded after the routes are.
  if (correlation === false) routePlugin(app, {}, rethrow);
  else correlationPlugin(app, correlation, rethrow);
}

function rethrow(error?: Error): void {
  if (error !== undefined) throw error;
}
