import { BoundedCall, DeadlineError } from './bounded-call.js';

/** The parts of the dashboard. */
export type DashboardPartName =
  'activeRequests' | 'complianceScore' | 'modelPerformance' | 'tenantActivity' | 'riskTrends';

/** What stands in the place of a part that could not be read. Names no host, table or query. */
export interface FailedPart {
  readonly error: {
    readonly part: DashboardPartName;
    /** `timeout`: no answer within the deadline. `unavailable`: the source failed or refused. */
    readonly kind: 'timeout' | 'unavailable';
    readonly message: string;
    /** The source's own code, such as `ECONNREFUSED` or Postgres' `57P01`, when it gave one. */
    readonly code?: string;
  };
}

/** A part of the dashboard: its figures, or what went wrong. */
export type DashboardPart<T> = T | FailedPart;

/** Whether a part could not be read. */
export function isFailedPart(part: unknown): part is FailedPart {
  return typeof part === 'object' && part !== null && 'error' in part;
}

/** How often a part of the dashboard was read, and what of it failed. */
export interface PartCounts {
  /** Times the source was asked. */
  reads: number;
  /** Answers given from the cache or shared with another caller. */
  shared: number;
  /** Times the source failed or was too slow. */
  failures: number;
}

export interface PartReaderOptions<T> {
  readonly name: DashboardPartName;
  readonly read: () => Promise<T>;
  readonly deadlineMillis: number;
  readonly cacheMillis: number;
  readonly onError: ((error: unknown, part: DashboardPartName) => void) | undefined;
  /** Counted in, beside others; its own by default. */
  readonly counts?: PartCounts | undefined;
}

/** Reads one part under a deadline, marks a failure, and lets many viewers share one answer. */
export class PartReader<T> {
  readonly counts: PartCounts;
  readonly #options: PartReaderOptions<T>;
  readonly #source: BoundedCall<T>;
  #latest: { readonly part: Promise<DashboardPart<T>>; freshUntil: number } | undefined;

  constructor(options: PartReaderOptions<T>) {
    this.#options = options;
    this.counts = options.counts ?? { reads: 0, shared: 0, failures: 0 };
    this.#source = new BoundedCall(options.read, options.deadlineMillis);
  }

  /** Never rejects. */
  get(): Promise<DashboardPart<T>> {
    if (this.#latest && performance.now() < this.#latest.freshUntil) {
      this.counts.shared++;
      return this.#latest.part;
    }
    const latest = { part: this.#read(), freshUntil: Number.POSITIVE_INFINITY };
    this.#latest = latest;
    // A failure is kept as long as an answer: viewers must not hammer a database that is down.
    void latest.part.then(() => {
      latest.freshUntil = performance.now() + this.#options.cacheMillis;
    });
    return latest.part;
  }

  async #read(): Promise<DashboardPart<T>> {
    this.counts.reads++;
    try {
      return await this.#source.call();
    } catch (error) {
      this.counts.failures++;
      try {
        this.#options.onError?.(error, this.#options.name);
      } catch {
        // The host's own reporter failed; the part is marked all the same.
      }
      return { error: describe(this.#options.name, error) };
    }
  }
}

function describe(part: DashboardPartName, error: unknown): FailedPart['error'] {
  if (error instanceof DeadlineError) return { part, kind: 'timeout', message: error.message };
  const code = (error as { code?: unknown } | null | undefined)?.code;
  const known = typeof code === 'string' && /^[A-Za-z0-9_]{1,40}$/.test(code) ? { code } : {};
  return { part, kind: 'unavailable', message: 'the source of this part failed', ...known };
}
