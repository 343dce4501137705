import { context, type Context } from '@opentelemetry/api';

/** A run that LangChain has told the beginning of. */
export interface Run {
  /** What its children run in. */
  readonly context: Context;
  succeed(result: unknown): void;
  fail(error: unknown): void;
  /** LangChain does not tell of streams that are left. */
  abandon(): void;
  /** A model's run. */
  readonly chunk?: ((chunk: unknown) => void) | undefined;
}

const maxRuns = 10_000;
const maxAgeMillis = 3_600_000;

/** The runs that go on, by their id. What is never told to end makes room in time. */
export class OpenRuns {
  readonly #runs = new Map<string, { readonly run: Run; readonly startedAt: number }>();

  /** Whether its beginning has been told already, as by a second handler. */
  has(id: string): boolean {
    return this.#runs.has(id);
  }

  get(id: string): Run | undefined {
    return this.#runs.get(id)?.run;
  }

  add(id: string, run: Run): void {
    const now = performance.now();
    for (const [oldest, { run: left, startedAt }] of this.#runs) {
      if (this.#runs.size < maxRuns && now - startedAt < maxAgeMillis) break;
      this.#runs.delete(oldest);
      left.abandon();
    }
    this.#runs.set(id, { run, startedAt: now });
  }

  /** A run that ends. */
  take(id: string): Run | undefined {
    const run = this.get(id);
    this.#runs.delete(id);
    return run;
  }

  /** The context for a child of a run, or what is active when there is none. */
  contextFor(parentId: string | undefined): Context {
    return (parentId === undefined ? undefined : this.get(parentId))?.context ?? context.active();
  }
}

/** A run that is not told of; its children are those of its parent. */
export function passingRun(parent: Context): Run {
  return {
    context: parent,
    succeed() {},
    fail() {},
    abandon() {},
  };
}
