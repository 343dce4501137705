import { AsyncLocalStorage } from 'node:async_hooks';

/** A model call that a framework tells of; the client below it makes the same call. */
export class EnclosingCall {
  #open = true;
  /** The one in whose midst it began, of several that a framework begins at once; held until it is over. */
  readonly #outer: EnclosingCall | undefined = state.storage.getStore()?.current;

  /** Whether what a client below is asked for belongs to the call, or to one around it. */
  get open(): boolean {
    return this.#open || this.#outer?.open === true;
  }

  /** The nearest that is not over, so that no chain of those that are over grows. */
  get current(): EnclosingCall | undefined {
    return this.#open ? this : this.#outer?.current;
  }

  close(): void {
    this.#open = false;
  }
}

// Shared by all copies of the package, as the client's may be another one than the framework's.
const key = Symbol.for('llm.tracing.enclosing-call.v1');
const shared = globalThis as {
  [key]?: { readonly storage: AsyncLocalStorage<EnclosingCall>; used: boolean } | undefined;
};
const state = (shared[key] ??= { storage: new AsyncLocalStorage(), used: false });

/** Makes a call in whose midst the calls of clients are not told again. */
export function encloseCalls<T>(call: EnclosingCall, fn: () => T): T {
  state.used = true;
  return state.storage.run(call, fn);
}

/**
 * Prepares for calls that are entered and not run. On Node 20 a storage follows promises from its first use
 * on; what is entered at that first use reaches those who await the call, too, and stays with them.
 */
export function prepareToEncloseCalls(): void {
  const none = new EnclosingCall();
  none.close();
  state.storage.run(none, () => undefined);
}

/**
 * The same for whatever its caller does from now on, who cannot be told to run it; after
 * {@link prepareToEncloseCalls}.
 */
export function encloseCallsFromNow(call: EnclosingCall): void {
  state.used = true;
  state.storage.enterWith(call);
}

/** Whether a framework's adapter already tells of the call that is about to be made. */
export function isEnclosed(): boolean {
  return state.used && state.storage.getStore()?.open === true;
}
