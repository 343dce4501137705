import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';
import { checkApiCopies } from '../api-copies.js';

let provider: TracerProvider | undefined;
let idle = true;
let tracers = new Map<string, Tracer>();
let lastName: string | undefined;
let lastTracer: Tracer | undefined;

/**
 * The tracer of whichever SDK is set up; undefined when there is none, which saves building attributes
 * that nobody takes. Kept per provider, as looking it up costs as much as the rest of a call without one.
 */
export function currentTracer(name: string): Tracer | undefined {
  const global = trace.getTracerProvider() as TracerProvider & {
    readonly getDelegate?: () => TracerProvider;
  };
  const current = typeof global.getDelegate === 'function' ? global.getDelegate() : global;
  if (current !== provider) {
    checkApiCopies();
    provider = current;
    // By name, as several copies of the API each have a class of their own.
    idle = current.constructor.name === 'NoopTracerProvider';
    tracers = new Map();
    lastName = undefined;
  }
  if (idle) return undefined;
  if (name === lastName) return lastTracer;
  let tracer = tracers.get(name);
  if (tracer === undefined) {
    tracer = current.getTracer(name);
    tracers.set(name, tracer);
  }
  lastName = name;
  lastTracer = tracer;
  return tracer;
}
