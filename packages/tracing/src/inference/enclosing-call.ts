import { AsyncLocalStorage } from 'node:async_hooks';

/** A model call that a framework tells of; the client below it makes the same call. */
export class EnclosingCall {
  /** Whether what a client below is asked for belongs to the call. */
  open = true;
}

/** The call of a framework in whose midst one is. */
export const enclosingCall = new AsyncLocalStorage<EnclosingCall>();

let used = false;

/** A call which clients below it leave to the framework. */
export function encloseCalls(): EnclosingCall {
  used = true;
  return new EnclosingCall();
}

/** Whether a framework's adapter already traces the call that is about to be made. */
export function isEnclosed(): boolean {
  return used && enclosingCall.getStore()?.open === true;
}
