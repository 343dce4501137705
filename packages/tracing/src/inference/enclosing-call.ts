import { AsyncLocalStorage } from 'node:async_hooks';

/** A model call that a framework tells of; the client below it makes the same call. */
export class EnclosingCall {
  #open = true;
  /** Held for as long as this call lasts: one that begins in its midst takes its place. */
  #outer: EnclosingCall | undefined;

  constructor() {
    const outer = state.storage.getStore();
    if (outer?.open === true) this.#outer = outer;
  }

  /** Whether what a client below is asked for belongs to the call. */
  get open(): boolean {
    return this.#open || this.#outer?.open === true;
  }

  close(): void {
    this.#open = false;
    this.#outer = undefined;
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

/** The same for whatever its caller does from now on, who cannot be told to run it. */
export function encloseCallsFromNow(call: EnclosingCall): void {
  state.used = true;
  state.storage.enterWith(call);
}

/** Whether a framework's adapter already tells of the call that is about to be made. */
export function isEnclosed(): boolean {
  return state.used && state.storage.getStore()?.open === true;
}
