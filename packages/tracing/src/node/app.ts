import type { Instrumentation } from '@opentelemetry/instrumentation';
import { correlationMiddleware } from '../correlation-middleware.js';
import { correlationPlugin } from '../fastify/correlation-plugin.js';
import { isFastify } from './app-kind.js';
import type { SetupPlan } from './setup-options.js';

type Plugin = (app: unknown, options: object, done: (error?: Error) => void) => void;

/** Gives the application that was passed to `setupTracing` its spans and correlation ids. */
export function instrumentApp(plan: SetupPlan, fastify: Instrumentation | undefined): void {
  const { app, correlation } = plan;
  if (app === undefined) return;
  if (isFastify(app)) {
    // Called rather than registered: a registered plugin would be loaded after the routes are.
    if (correlation !== false) correlationPlugin(app, correlation, rethrow);
    (fastify as unknown as { plugin(): Plugin } | undefined)?.plugin()(app, {}, rethrow);
  } else if (correlation !== false) {
    (app as { use(middleware: unknown): void }).use(correlationMiddleware(correlation));
  }
}

function rethrow(error?: Error): void {
  if (error !== undefined) throw error;
}
