import { classes } from './client-case.js';

/** What came of something that a user did; equal for equal behaviour. */
export interface Outcome {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Does something, and tells its result or its error in a form that can be compared. */
export async function observeOutcome(fn: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await fn() };
  } catch (error) {
    return { error: describeError(error) };
  }
}

/** All of an error that a user may look at. */
export function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { status, code, type, param } = error as unknown as Record<string, unknown>;
  return {
    classes: classes(error),
    // Ports differ between runs.
    message: error.message.replace(/127\.0\.0\.1:\d+/g, 'HOST'),
    status,
    code,
    type,
    param,
    // Of what the system says, whether it says anything.
    cause: error.cause === undefined ? undefined : classes(error.cause),
  };
}
