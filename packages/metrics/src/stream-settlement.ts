import type { ReadableWritablePair, StreamPipeOptions } from 'node:stream/web';
import type { OnEnd } from './settlement.js';

type AnyMethod = (...args: unknown[]) => unknown;

/** Node's streams, as far as their end can be heard without reading from them. */
interface NodeStream {
  on(event: 'close', listener: () => void): unknown;
  readonly closed: boolean;
  readonly errored: Error | null;
}

/** Streams of model clients that read themselves and tell what comes as events. */
interface EventStream {
  on(event: 'end', listener: () => void): unknown;
  readonly errored: boolean;
}

/**
 * Watches a stream that is no generator until it is over: web and Node streams, streams of model clients
 * (which have a `controller`), and async iterators. It is returned itself, so that its class and methods
 * stay; `onEnd` is called once, with the stream as its value. What is never read and never closed is
 * never over. Gives false, and watches nothing, for any other object.
 */
export function watchStream(value: object, onEnd: OnEnd): boolean {
  let ended = false;
  const end: OnEnd = (outcome) => {
    if (!ended) onEnd(outcome);
    ended = true;
  };
  try {
    if (value instanceof ReadableStream) watchWebStream(value, end);
    else if (isNodeStream(value)) watchNodeStream(value, end);
    else if (isEventStream(value)) watchEventStream(value, end);
    else if (isClientStream(value)) watchClientStream(value, end);
    else if (isAsyncIterator(value)) watchIterator(value, value, end);
    else return false;
  } catch {
    // Frozen: it cannot be watched, so the call counts as over.
    end({ ok: true, value });
  }
  return true;
}

function has(value: object, ...methods: string[]): boolean {
  const fields = value as Record<string, unknown>;
  return methods.every((method) => typeof fields[method] === 'function');
}

function isNodeStream(value: object): value is NodeStream {
  return has(value, 'on', 'pipe', 'read', 'destroy') && 'errored' in value && 'closed' in value;
}

function hasController(value: object): boolean {
  const { controller } = value as { readonly controller?: unknown };
  return typeof controller === 'object' && controller !== null && has(controller, 'abort');
}

function isEventStream(value: object): value is EventStream {
  return hasController(value) && has(value, 'on', 'done') && 'errored' in value;
}

function isClientStream(value: object): boolean {
  return hasController(value) && Symbol.asyncIterator in value;
}

function isAsyncIterator(value: object): boolean {
  return Symbol.asyncIterator in value && has(value, 'next');
}

/** Replaces a method of this one object. */
function replace(target: object, name: PropertyKey, wrapper: (original: AnyMethod) => AnyMethod) {
  const original = (target as Record<PropertyKey, AnyMethod>)[name]?.bind(target);
  if (original === undefined) return;
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value: wrapper(original),
  });
}

/** No `error` listener: with one, an error that nobody else listens to would no longer end the process. */
function watchNodeStream(stream: NodeStream, end: OnEnd): void {
  const over = (): void => {
    const error = stream.errored;
    end(error === null || isLeft(error) ? { ok: true, value: stream } : { ok: false, error });
  };
  if (stream.closed) over();
  else stream.on('close', over);
}

/** Whoever stops reading early destroys the stream by such an error; a signal's has its reason as cause. */
function isLeft({ name, cause }: Error): boolean {
  return name === 'AbortError' && cause === undefined;
}

/** They tell their end last, whatever happened; listening to `error` would hide an unhandled rejection. */
function watchEventStream(stream: EventStream, end: OnEnd): void {
  let error: unknown = new Error('the stream failed');
  replace(stream, '_emit', (emit) => (event, ...args) => {
    if (event === 'error' || event === 'abort') error = args[0] ?? error;
    return emit(event, ...args);
  });
  stream.on('end', () => {
    end(stream.errored ? { ok: false, error } : { ok: true, value: stream });
  });
}

function watchClientStream(stream: object, end: OnEnd): void {
  const iterate =
    (original: AnyMethod): AnyMethod =>
    (...args) => {
      const iterator = original(...args) as object;
      watchIterator(iterator, stream, end);
      return iterator;
    };
  // `tee()` of OpenAI's and Anthropic's streams reads from the function that made the stream.
  if (Object.hasOwn(stream, 'iterator')) replace(stream, 'iterator', iterate);
  replace(stream, Symbol.asyncIterator, iterate);
}

function watchIterator(iterator: object, value: object, end: OnEnd): void {
  for (const method of ['next', 'return', 'throw']) {
    replace(iterator, method, (advance) => async (...args) => {
      try {
        const step = (await advance(...args)) as IteratorResult<unknown>;
        if (step.done === true) end({ ok: true, value });
        return step;
      } catch (error) {
        end({ ok: false, error });
        throw error;
      }
    });
  }
}

/** Ends with the reader that reads to the end or cancels; of two branches, with the first of them. */
function watchWebStream(stream: ReadableStream, end: OnEnd, whole: object = stream): void {
  const settle = <T>(promise: Promise<T>, isOver: (result: T) => boolean): Promise<T> =>
    promise.then(
      (result) => {
        if (isOver(result)) end({ ok: true, value: whole });
        return result;
      },
      (error: unknown) => {
        end({ ok: false, error });
        throw error;
      },
    );
  const always = (): boolean => true;
  replace(stream, 'getReader', (getReader) => (...args) => {
    const reader = getReader(...args) as ReadableStreamDefaultReader;
    const isDone = ({ done }: { readonly done: boolean }): boolean => done;
    replace(
      reader,
      'read',
      (read) =>
        (...views) =>
          settle(read(...views) as ReturnType<typeof reader.read>, isDone),
    );
    replace(
      reader,
      'cancel',
      (cancel) => (reason) => settle(cancel(reason) as Promise<void>, always),
    );
    return reader;
  });
  for (const name of ['values', Symbol.asyncIterator]) {
    replace(stream, name, (values) => (...args) => {
      const iterator = values(...args) as object;
      watchIterator(iterator, whole, end);
      return iterator;
    });
  }
  for (const name of ['cancel', 'pipeTo']) {
    replace(
      stream,
      name,
      (method) =>
        (...args) =>
          settle(method(...args) as Promise<void>, always),
    );
  }
  replace(stream, 'pipeThrough', () => (pair, options) => {
    const { writable, readable } = pair as ReadableWritablePair;
    // As the standard has it: what fails shows at `readable`.
    stream.pipeTo(writable, options as StreamPipeOptions).catch(() => undefined);
    return readable;
  });
  replace(stream, 'tee', (tee) => () => {
    const branches = tee() as [ReadableStream, ReadableStream];
    for (const branch of branches) watchWebStream(branch, end, whole);
    return branches;
  });
}
