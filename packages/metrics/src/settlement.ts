import { watchStream } from './stream-settlement.js';

/** How a call ended: with its value, or with the error it threw. */
export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown };

/** Told the end of a call, once. Must not throw. */
export type OnEnd = (outcome: Outcome) => void;

/**
 * Watches what a function returned until its work is over, and passes it on: a plain value is over
 * at once, a promise when it settles, a generator or another stream when it is read to its end, left
 * early, or throws (`onStart` is called when a generator's body first runs). `onEnd` is called once.
 */
export function watchSettlement<T>(value: T, onStart: () => void, onEnd: OnEnd): T {
  if (isPlainPromise(value)) {
    // The derived promise is passed on: the original, once handled here, would hide an unhandled rejection.
    return value.then(
      (result: unknown) =>
        isGenerator(result) ? watchGenerator(result, () => {}, onEnd) : follow(result, onEnd),
      (error: unknown) => {
        onEnd({ ok: false, error });
        throw error;
      },
    ) as T;
  }
  if (isGenerator(value)) return watchGenerator(value, onStart, onEnd) as T;
  if (isThenable(value)) return watchThenable(value, onEnd) as T;
  return follow(value, onEnd);
}

/** A stream is over when it ends, anything else at once. */
function follow<T>(value: T, onEnd: OnEnd): T {
  if (typeof value === 'object' && value !== null && watchStream(value, onEnd)) return value;
  onEnd({ ok: true, value });
  return value;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise;
}

type Thenable = PromiseLike<unknown> & object;

function isThenable(value: unknown): value is Thenable {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as Partial<Thenable>).then === 'function'
  );
}

/**
 * Query builders start work at `then`, and clients' promises carry methods of their own: such a
 * value is returned itself, and watched from the inside whenever its owner awaits it.
 */
function watchThenable(value: Thenable, onEnd: OnEnd): Thenable {
  const then = value.then.bind(value) as (
    onOk: (result: unknown) => unknown,
    onError: (error: unknown) => unknown,
  ) => unknown;
  let followed = false;
  let ended = false;
  const end: OnEnd = (outcome) => {
    if (!ended) onEnd(outcome);
    ended = true;
  };
  try {
    Object.defineProperty(value, 'then', {
      configurable: true,
      writable: true,
      value: (onOk?: unknown, onError?: unknown) =>
        then(
          (result) => {
            if (!followed) follow(result, end);
            followed = true;
            return typeof onOk === 'function' ? (onOk as (r: unknown) => unknown)(result) : result;
          },
          (error: unknown) => {
            end({ ok: false, error });
            if (typeof onError === 'function') return (onError as (e: unknown) => unknown)(error);
            throw error;
          },
        ),
    });
  } catch {
    // Frozen: it cannot be watched, so the call counts as over.
    end({ ok: true, value });
  }
  return value;
}

type AnyGenerator = Generator | AsyncGenerator;

function isGenerator(value: unknown): value is AnyGenerator {
  const tag = Object.prototype.toString.call(value);
  return (
    (tag === '[object Generator]' || tag === '[object AsyncGenerator]') &&
    typeof (value as Partial<Generator>).next === 'function'
  );
}

function watchGenerator(source: AnyGenerator, onStart: () => void, onEnd: OnEnd): AnyGenerator {
  let started = false;
  let ended = false;
  const end: OnEnd = (outcome) => {
    if (!ended) onEnd(outcome);
    ended = true;
  };
  const seen = (step: IteratorResult<unknown>): IteratorResult<unknown> => {
    if (step.done) end({ ok: true, value: step.value });
    return step;
  };
  const lost = (error: unknown): never => {
    end({ ok: false, error });
    throw error;
  };
  const advance = (method: 'next' | 'return' | 'throw') => ({
    configurable: true,
    writable: true,
    value: (...args: unknown[]): unknown => {
      if (!started) {
        started = true;
        onStart();
      }
      let step: IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
      try {
        step = (source[method] as (...a: unknown[]) => typeof step).apply(source, args);
      } catch (error) {
        return lost(error);
      }
      return step instanceof Promise ? step.then(seen, lost) : seen(step);
    },
  });
  // Of the same prototype, so that whatever the generator's function put there is still found.
  return Object.create(Object.getPrototypeOf(source) as object, {
    next: advance('next'),
    return: advance('return'),
    throw: advance('throw'),
  }) as AnyGenerator;
}
