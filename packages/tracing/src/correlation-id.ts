import type { randomUUID } from 'node:crypto';
import { llmContext } from './context.js';
import { runInContext } from './context-scope.js';
import { counters } from './stats.js';

const pattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** Whether a value may be a correlation id: 1 to 128 of `A-Z a-z 0-9 . _ : -`. */
export function isCorrelationId(value: unknown): value is string {
  return typeof value === 'string' && pattern.test(value);
}

// Loaded by the first id, as it is a fifth of what this package's main entry would load.
let makeId: typeof randomUUID | undefined;

/** A new correlation id: a random UUID. */
export function generateCorrelationId(): string {
  counters.idsGenerated++;
  makeId ??= process.getBuiltinModule('node:crypto').randomUUID;
  return makeId();
}

/** The correlation id of the request in progress; undefined outside a request. */
export function getCorrelationId(): string | undefined {
  return llmContext.getStore()?.correlationId;
}

/**
 * Runs `fn`, and all that it starts, under a correlation id.
 *
 * @param id the id; a new one is made when it is undefined or not valid
 * @returns what `fn` returns
 */
export function withCorrelationId<T>(id: string | undefined, fn: () => T): T {
  const correlationId = isCorrelationId(id) ? id : generateCorrelationId();
  return runInContext({ ...llmContext.getStore(), correlationId }, fn);
}
