import type { EventEmitter } from 'node:events';
import { context } from '@opentelemetry/api';
import { TracingConfigError } from './config-error.js';
import { llmContext } from './context.js';
import { emitInScope } from './request-scope.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the only type that every function fits
type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * Binds a function, or an event emitter, to the context of the work in progress, for callers that have
 * lost it: a pool that calls back from another request, an emitter that lives longer than one.
 *
 * A function comes back wrapped. An emitter comes back itself: all its listeners are called in this
 * context from now on, unless the one who emits is in it already.
 *
 * @throws TracingConfigError when it is neither
 */
export function bindCorrelation<T extends AnyFunction | EventEmitter>(target: T): T {
  const store = llmContext.getStore();
  const active = context.active();
  if (typeof target === 'function') {
    const fn: AnyFunction = target;
    const bound: AnyFunction = function (...args) {
      const call = (): unknown => context.with(active, () => fn.apply(this, args) as unknown);
      return store === undefined ? llmContext.exit(call) : llmContext.run(store, call);
    };
    Object.defineProperty(bound, 'name', { value: fn.name, configurable: true });
    Object.defineProperty(bound, 'length', { value: fn.length, configurable: true });
    return bound as T;
  }
  if (typeof (target as { emit?: unknown } | null)?.emit !== 'function') {
    throw new TracingConfigError('bindCorrelation', 'a function or an event emitter', target);
  }
  if (store !== undefined) emitInScope(target, () => ({ store, context: active }));
  return target;
}
