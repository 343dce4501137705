import { TracingConfigError } from '../config-error.js';

/** Whether an application is Fastify's. */
export function isFastify(app: unknown): boolean {
  const methods = app as { addHook?: unknown; register?: unknown } | null | undefined;
  return typeof methods?.addHook === 'function' && typeof methods.register === 'function';
}

/** @throws TracingConfigError when an application is of no kind that is known */
export function checkApp(app: unknown): void {
  if (app === undefined || isFastify(app)) return;
  if (typeof app === 'function' && typeof (app as { use?: unknown }).use === 'function') return;
  throw new TracingConfigError('app', 'a Fastify or an Express application', app);
}
