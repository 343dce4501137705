import { errorType } from '../error-text.js';
import type { Observer, Step, Steps } from './observer.js';

/** Where an observed iterator or stream keeps what observes it. */
export const observerKey = Symbol('llm.tracing.observer');

/** Something that is observed. */
export interface Observed {
  [observerKey]?: Observer;
}

type IteratorLike = Observed & { next?: Step; return?: Step; throw?: Step };

/**
 * Watches an iterator from its next step on: chunks, the end, an error, and a reader who leaves. The
 * iterator stays the object that it is, and its steps return the very promises that they returned.
 *
 * @param enters run the steps in the call's context, since a generator's body runs in them
 */
export function observeIterator<T extends object>(
  iterator: T,
  observer: Observer,
  enters = false,
): T {
  const target = iterator as T & IteratorLike;
  if (typeof target.next !== 'function' || target[observerKey] !== undefined) return iterator;
  const steps = sharedStepsOf(target);
  observer.steps = steps;
  observer.enters = enters;
  own(target, observerKey, observer);
  own(target, 'next', next);
  if (steps.return !== undefined) own(target, 'return', leave);
  if (steps.throw !== undefined) own(target, 'throw', fail);
  return iterator;
}

/** Defines a property of an object's own that listings of it do not show. */
export function own(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

// All async generators share their steps.
const generatorSteps = stepsOf(
  (async function* () {
    // Only its steps are of interest.
  })() as unknown as IteratorLike,
);

function stepsOf(iterator: IteratorLike): Steps {
  const { next, return: leave, throw: fail } = iterator;
  return { next: next as Step, return: leave, throw: fail };
}

function sharedStepsOf(iterator: IteratorLike): Steps {
  return iterator.next === generatorSteps.next && iterator.return === generatorSteps.return
    ? generatorSteps
    : stepsOf(iterator);
}

type Watched = Record<typeof observerKey, Observer & { readonly steps: Steps }>;

// One function for all iterators: an open stream holds no copies of them.
function next(this: Watched, ...args: [unknown?]): unknown {
  const observer = this[observerKey];
  return step(observer, observer.steps.next, this, args);
}

function leave(this: Watched, ...args: [unknown?]): unknown {
  const observer = this[observerKey];
  return leaveBy(observer, () => observer.steps.return?.apply(this, args));
}

function fail(this: Watched, ...args: [unknown?]): unknown {
  const observer = this[observerKey];
  // Into a generator's body, which may go on.
  return step(observer, observer.steps.throw as Step, this, args);
}

/**
 * An iterator that is watched without a change to it. That of a client's stream is of a class that no
 * other has, so that properties of its own would cost it several times what this costs.
 */
export function watchedView(iterator: object, observer: Observer, stream: object): object {
  return new Proxy(iterator, new View(iterator, observer, stream));
}

const viewKey = Symbol('llm.tracing.view');

class View implements ProxyHandler<object> {
  readonly steps: IteratorLike;
  readonly observer: Observer;
  /** Whose end is that of the call; it lives for as long as somebody reads. */
  readonly stream: object;

  constructor(steps: IteratorLike, observer: Observer, stream: object) {
    this.steps = steps;
    this.observer = observer;
    this.stream = stream;
  }

  get(target: object, name: string | symbol): unknown {
    if (name === viewKey) return this;
    const value: unknown = Reflect.get(target, name, target);
    if (typeof value !== 'function') return value;
    if (name === 'next') return nextOfView;
    if (name === 'return') return leaveView;
    return name === 'throw' ? failView : value;
  }
}

type Viewed = Record<typeof viewKey, View>;

function nextOfView(this: Viewed, ...args: [unknown?]): unknown {
  const { observer, steps } = this[viewKey];
  return step(observer, steps.next as Step, steps, args);
}

function leaveView(this: Viewed, ...args: [unknown?]): unknown {
  const { observer, steps } = this[viewKey];
  return leaveBy(observer, () => steps.return?.(...args));
}

function failView(this: Viewed, ...args: [unknown?]): unknown {
  const { observer, steps } = this[viewKey];
  return step(observer, steps.throw as Step, steps, args);
}

function leaveBy(observer: Observer, finish: () => unknown): unknown {
  if (observer.signal?.aborted === true) observer.abort();
  else observer.leave();
  return observer.enters ? observer.enter(finish) : finish();
}

function step(observer: Observer, fn: Step, self: unknown, args: [unknown?]): unknown {
  observer.pendingSteps++;
  let result: unknown;
  try {
    result = observer.enters ? observer.enter(() => fn.apply(self, args)) : fn.apply(self, args);
  } catch (error) {
    failed(observer, error);
    throw error;
  }
  if (result instanceof Promise) {
    // A second listener on the reader's own promise, and the first to be told.
    void then.call(
      result,
      (value: unknown) => settled(observer, value),
      (error: unknown) => failed(observer, error),
    );
  } else settled(observer, result);
  return result;
}

function settled(observer: Observer, result: unknown): void {
  observer.pendingSteps--;
  if (typeof result !== 'object' || result === null) return;
  const { done, value } = result as { done?: boolean; value: unknown };
  if (done !== true) observer.chunk(value);
  if (observer.signal?.aborted === true) observer.abort();
  else if (done === true) observer.succeed();
}

function failed(observer: Observer, error: unknown): void {
  observer.pendingSteps--;
  // By its name: clients abort a stream that has failed, too.
  const aborted = observer.signal?.aborted === true && errorType(error) === 'AbortError';
  if (aborted) observer.abort();
  else observer.fail(error);
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with a promise as its `this`
const then = Promise.prototype.then;
