import { context } from '@opentelemetry/api';
import { llmContext } from './context.js';
import { inSpan, OperationSpan, type Operation } from './operation-span.js';

type AnyGenerator =
  Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;
type Step = (value?: unknown) => unknown;

// A generator that is dropped in the middle of its body never comes to an end.
const abandoned = new FinalizationRegistry<OperationSpan>((span) => span.succeed());

/** Whether a value is a running generator, and not just something that can be iterated. */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== 'object' || value === null) return false;
  const object = value as Record<PropertyKey, unknown>;
  return (
    typeof object['next'] === 'function' &&
    typeof object['return'] === 'function' &&
    typeof object['throw'] === 'function' &&
    (Symbol.iterator in object || Symbol.asyncIterator in object)
  );
}

/**
 * A generator that runs the other one under a span, from its first step to its last: to the end, to an
 * error, or to the `return` that an early `break` calls; one that is dropped half-way ends when memory is
 * collected. A generator never started has no span, as its body has not run.
 */
export function traceGenerator<G extends AnyGenerator>(generator: G, operation: Operation): G {
  // The body belongs to whoever called the function, not to whoever happens to ask for the next value.
  const parent = context.active();
  const store = llmContext.getStore();
  let span: OperationSpan | undefined;

  const end = (tell: (span: OperationSpan) => void): void => {
    if (span === undefined) return;
    abandoned.unregister(span);
    tell(span);
  };

  const settle = (result: unknown): void => {
    if ((result as IteratorResult<unknown>).done === true) end((over) => over.succeed());
  };

  const run = (step: () => unknown, starts: boolean): unknown => {
    const inStore = (): unknown => {
      if (starts && span === undefined) {
        span = new OperationSpan(operation, parent);
        abandoned.register(traced, span, span);
      }
      return span === undefined ? step() : inSpan(span, step);
    };
    let result: unknown;
    try {
      result = store === undefined ? inStore() : llmContext.run(store, inStore);
    } catch (error) {
      end((over) => over.fail(error));
      throw error;
    }
    if (result instanceof Promise) {
      // The same promise goes to the caller; this is only a second listener on it.
      void Promise.prototype.then.call(result, settle, (error: unknown) =>
        end((over) => over.fail(error)),
      );
    } else {
      settle(result);
    }
    return result;
  };

  const traced = Object.create(Object.getPrototypeOf(generator) as object) as G;
  const define = (name: 'next' | 'return' | 'throw', starts: boolean): void => {
    const step = (generator[name] as Step).bind(generator);
    Object.defineProperty(traced, name, {
      // `next()` and `next(undefined)` are the same to a generator.
      value: (value?: unknown) => run(() => step(value), starts),
      writable: true,
      configurable: true,
    });
  };
  define('next', true);
  define('return', false);
  define('throw', false);
  return traced;
}
