/** A request that was answered, without what it carried. */
export interface RecentRequest {
  /** When it came, milliseconds since 1970. */
  readonly at: number;
  readonly correlationId: string;
  readonly method: string;
  /** The route's pattern. */
  readonly route: string;
  readonly status: number;
  readonly durationMillis: number;
  readonly tenantId: string | null;
}

/** The latest requests that did the work of the service. */
export interface RequestLog {
  add(request: RecentRequest): void;
  /** Latest first; `limit` is 100 unless told. */
  list(limit?: number): Promise<readonly RecentRequest[]>;
  /** Those with this id, latest first: a client may send the same one again. */
  of(correlationId: string): Promise<readonly RecentRequest[]>;
}

/** Those of this process. */
export class RecentRequests implements RequestLog {
  readonly #mostKept: number;
  readonly #requests: RecentRequest[] = [];

  constructor(mostKept = 500) {
    this.#mostKept = mostKept;
  }

  add(request: RecentRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#mostKept) this.#requests.shift();
  }

  list(limit = 100): Promise<readonly RecentRequest[]> {
    return Promise.resolve(this.#requests.slice(-limit).reverse());
  }

  of(correlationId: string): Promise<readonly RecentRequest[]> {
    return Promise.resolve(
      this.#requests.filter((request) => request.correlationId === correlationId).reverse(),
    );
  }
}
