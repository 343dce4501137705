import type { Call } from './call.js';
import { counters } from '../stats.js';
import { isEnclosed } from './enclosing-call.js';
import type { Inference } from './inference.js';
import { own } from './observe-iterator.js';
import { observeResult } from './observe-result.js';
import type { InferenceSettings } from './settings.js';
import { startInference, takersOf, type Takers } from './start-inference.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

const observedMethods = new WeakSet<object>();

/**
 * Watches a method of one object, and of no other: each of its calls is a model call. It stays a method
 * of that name and length, and returns what it returned.
 *
 * @returns false when the object has no such method
 */
export function observeMethod(
  target: unknown,
  name: string,
  settings: InferenceSettings,
  describe: (args: unknown[]) => Call,
): boolean {
  if (typeof target !== 'object' || target === null) return false;
  const method = (target as Record<string, unknown>)[name] as Method | undefined;
  if (typeof method !== 'function') return false;
  if (observedMethods.has(method)) return true;
  const start = (takers: Takers, args: unknown[]): Inference | undefined => {
    try {
      return startInference(settings, takers, describe(args));
    } catch {
      // Of a request whose properties throw, the client itself will tell.
      counters.internalErrors++;
      return undefined;
    }
  };
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const takers = takersOf(settings);
    const inference = takers === undefined || isEnclosed() ? undefined : start(takers, args);
    if (inference === undefined) return method.apply(this, args);
    let result: unknown;
    try {
      result = inference.run(() => method.apply(this, args));
    } catch (error) {
      inference.fail(error);
      throw error;
    }
    if (inference.observed) observeResult(result, inference);
    return result;
  };
  Object.defineProperty(observed, 'name', { value: method.name, configurable: true });
  Object.defineProperty(observed, 'length', { value: method.length, configurable: true });
  observedMethods.add(observed);
  own(target, name, observed);
  return true;
}
