import type { Observer } from './observer.js';

/** Where an observed iterator or stream keeps what observes it. */
const observedKey = Symbol('llm.tracing.observed');

type Step = (this: unknown, value?: unknown) => unknown;
type IteratorLike = Record<'next' | 'return' | 'throw', Step | undefined>;

/** What the observing steps of one iterator need. */
interface Observed {
  readonly observer: Observer;
  readonly next: Step;
  readonly return: Step | undefined;
  readonly throw: Step | undefined;
  readonly aborted: (() => boolean) | undefined;
  readonly enters: boolean;
  readonly settle: (result: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Watches an iterator from its next step on: chunks, the end, an error, and a reader who leaves. The
 * iterator stays the object that it is, and its steps return the very promises that they returned.
 *
 * @param aborted tells whether an end was brought about by an abort
 * @param enters run the steps in the call's context, since a generator's body runs in them
 */
export function observeIterator<T extends object>(
  iterator: T,
  observer: Observer,
  aborted?: () => boolean,
  enters = false,
): T {
  const target = iterator as T & IteratorLike & { [observedKey]?: Observed };
  if (typeof target.next !== 'function' || target[observedKey] !== undefined) return iterator;
  const settle = (result: unknown): void => {
    observer.pendingSteps--;
    const { done, value } = result as { done?: boolean; value: unknown };
    if (done !== true) observer.chunk(value);
    if (aborted?.() === true) observer.abort();
    else if (done === true) observer.succeed();
  };
  const observed: Observed = {
    observer,
    next: target.next,
    return: target.return,
    throw: target.throw,
    aborted,
    enters,
    settle,
    fail: (error) => {
      observer.pendingSteps--;
      observer.fail(error);
    },
  };
  own(target, observedKey, observed);
  own(target, 'next', next);
  if (observed.return !== undefined) own(target, 'return', leave);
  if (observed.throw !== undefined) own(target, 'throw', fail);
  return iterator;
}

/** Defines a property of an object's own that listings of it do not show. */
export function own(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

// One function for all iterators: an open stream holds no copies of them.
function next(this: { [observedKey]: Observed }, ...args: [unknown?]): unknown {
  const observed = this[observedKey];
  return step(observed, observed.next, this, args);
}

function leave(this: { [observedKey]: Observed }, ...args: [unknown?]): unknown {
  const observed = this[observedKey];
  if (observed.aborted?.() === true) observed.observer.abort();
  else observed.observer.leave();
  const finish = (): unknown => observed.return?.apply(this, args);
  return observed.enters ? observed.observer.enter(finish) : finish();
}

function fail(this: { [observedKey]: Observed }, ...args: [unknown?]): unknown {
  const observed = this[observedKey];
  // Into a generator's body, which may go on.
  return step(observed, observed.throw as Step, this, args);
}

function step(observed: Observed, fn: Step, self: unknown, args: [unknown?]): unknown {
  observed.observer.pendingSteps++;
  let result: unknown;
  try {
    result = observed.enters
      ? observed.observer.enter(() => fn.apply(self, args))
      : fn.apply(self, args);
  } catch (error) {
    observed.fail(error);
    throw error;
  }
  if (result instanceof Promise) {
    // A second listener on the reader's own promise, and the first to be told.
    void then.call(result, observed.settle, observed.fail);
  } else if (typeof result === 'object' && result !== null) {
    observed.settle(result);
  }
  return result;
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with a promise as its `this`
const then = Promise.prototype.then;
