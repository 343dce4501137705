import { context, SpanKind, type Attributes } from '@opentelemetry/api';
import { TracingConfigError } from './config-error.js';
import { maskText } from './mask.js';
import { isApiPromise, observeResult } from './inference/observe-result.js';
import { AnswerObserver, inSpan, OperationSpan, type Operation } from './operation-span.js';
import { counters } from './stats.js';
import { isGenerator, traceGenerator } from './traced-iterator.js';

/** What the span of a function says. */
export interface TraceFunctionOptions {
  /** Attributes that each span carries. Default none. */
  readonly attributes?: Attributes | undefined;
  /** Kind of the spans. Default `SpanKind.INTERNAL`. */
  readonly kind?: SpanKind | undefined;
  /** Value of the attribute `function`. Default the function's own name. */
  readonly functionName?: string | undefined;
  /** Cleans error messages and stacks before they are recorded; `false` records them as they are. Default {@link maskText}. */
  readonly maskError?: ((text: string) => string) | false | undefined;
  /** Name of the tracer (the instrumentation scope). Default `@llm/tracing`. */
  readonly tracerName?: string | undefined;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the only type that every function fits
type AnyFunction = (this: any, ...args: any[]) => unknown;

/** Wraps a function, or decorates a method (standard and legacy decorators). */
export interface FunctionTracer {
  <F extends AnyFunction>(
    fn: F,
    context?: { readonly kind: 'method'; readonly name: string | symbol },
  ): F;
  <F extends AnyFunction>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<F>,
  ): TypedPropertyDescriptor<F>;
}

/**
 * Traces a function: each call is a span named `operationName`, under which the spans of the call hang.
 *
 * Takes sync and async functions, generators and async generators; their span lasts until the promise
 * settles or the iteration ends, is left or fails. The span carries the request's context,
 * `function`, `success`, and on failure `error.type`, `error`, the masked exception and the status
 * ERROR. Results and errors reach the caller as the very objects that the function gave.
 *
 * @example
 * const classify = traceFunction('classify')(async (text: string) => model.run(text));
 * @example
 * class Mapper { \@traceFunction('map') async map(text: string) {} }
 * @throws TracingConfigError naming the option that is wrong
 */
export function traceFunction(
  operationName: string,
  options: TraceFunctionOptions = {},
): FunctionTracer {
  const settings = validated(operationName, options);

  const tracer = (target: unknown, second?: unknown, descriptor?: unknown): unknown => {
    if (isNameOfMember(second)) return decorateLegacy(settings, target, second, descriptor);
    if (typeof target !== 'function') {
      throw new TracingConfigError(
        `traceFunction(${JSON.stringify(operationName)})`,
        'a function',
        target,
      );
    }
    const member = second as { readonly kind?: unknown; readonly name?: unknown } | undefined;
    if (member === undefined) return wrap(target as AnyFunction, settings);
    if (member.kind !== 'method') {
      throw new TracingConfigError(
        `traceFunction(${JSON.stringify(operationName)})`,
        'to decorate a method',
        member.kind,
      );
    }
    return wrap(target as AnyFunction, settings, member.name as string | symbol);
  };
  return tracer as FunctionTracer;
}

type Settings = Omit<Operation, 'functionName'> & { readonly functionName: string | undefined };

function validated(operationName: unknown, options: TraceFunctionOptions): Settings {
  if (typeof operationName !== 'string' || operationName === '') {
    throw new TracingConfigError('operationName', 'a non-empty string', operationName);
  }
  const { functionName, maskError = maskText, kind = SpanKind.INTERNAL } = options;
  const mask: unknown = maskError;
  if (functionName !== undefined && (typeof functionName !== 'string' || functionName === '')) {
    throw new TracingConfigError('functionName', 'a non-empty string', functionName);
  }
  if (mask !== false && typeof mask !== 'function') {
    throw new TracingConfigError('maskError', 'a function or false', maskError);
  }
  if (!(kind in SpanKind)) throw new TracingConfigError('kind', 'a SpanKind', kind);
  return {
    name: operationName,
    functionName,
    kind,
    attributes: options.attributes ?? {},
    tracerName: options.tracerName ?? '@llm/tracing',
    mask: maskError,
  };
}

/** A legacy decorator gets the member's name second, a standard one its context object. */
function isNameOfMember(second: unknown): second is string | symbol {
  return typeof second === 'string' || typeof second === 'symbol';
}

function decorateLegacy(
  settings: Settings,
  target: unknown,
  name: string | symbol,
  given: unknown,
): PropertyDescriptor {
  const descriptor =
    (given as PropertyDescriptor | undefined) ?? Object.getOwnPropertyDescriptor(target, name);
  const method: unknown = descriptor?.value;
  if (typeof method !== 'function') {
    throw new TracingConfigError(
      `traceFunction(${JSON.stringify(settings.name)})`,
      'to decorate a method',
      String(name),
    );
  }
  return { ...descriptor, value: wrap(method as AnyFunction, settings, name) };
}

function wrap(fn: AnyFunction, settings: Settings, member?: string | symbol): AnyFunction {
  const name = fn.name === '' && member !== undefined ? String(member) : fn.name;
  const operation: Operation = {
    ...settings,
    functionName: settings.functionName ?? (name === '' ? 'anonymous' : name),
  };
  const traced = function (this: unknown, ...args: unknown[]): unknown {
    // Generator functions run no line of their body when they are called: no span before the first step.
    if (isGeneratorFunction(fn)) return startGenerator(fn.apply(this, args), operation);
    let span: OperationSpan;
    try {
      span = new OperationSpan(operation, context.active());
    } catch {
      // A tracer of somebody else's that throws costs a span, not the call.
      counters.internalErrors++;
      return fn.apply(this, args);
    }
    let result: unknown;
    try {
      result = inSpan(span, () => fn.apply(this, args));
    } catch (error) {
      span.fail(error);
      throw error;
    }
    if (isApiPromise(result)) observeResult(result, new AnswerObserver(span));
    else if (result instanceof Promise) {
      // The caller gets the promise that the function returned, subclass and all. The plain `then` is
      // taken because a subclass may do work, such as reading a body, when its own is called.
      void Promise.prototype.then.call(
        result,
        () => span.succeed(),
        (error: unknown) => span.fail(error),
      );
    } else {
      span.succeed();
    }
    return result;
  };
  Object.defineProperty(traced, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(traced, 'length', { value: fn.length, configurable: true });
  return traced;
}

function startGenerator(result: unknown, operation: Operation): unknown {
  return isGenerator(result) ? traceGenerator(result, operation) : result;
}

// Only their prototypes are of interest.
const generatorPrototypes = [function* () {}, async function* () {}].map(
  (fn) => Object.getPrototypeOf(fn) as object,
);

function isGeneratorFunction(fn: AnyFunction): boolean {
  return generatorPrototypes.includes(Object.getPrototypeOf(fn) as object);
}
