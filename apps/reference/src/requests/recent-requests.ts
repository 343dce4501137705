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
export class RecentRequests {
  readonly #mostKept: number;
  readonly #requests: RecentRequest[] = [];

  constructor(mostKept = 500) {
    this.#mostKept = mostKept;
  }

  add(request: RecentRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#mostKept) this.#requests.shift();
  }

  /** Latest first. */
  list(limit = 100): readonly RecentRequest[] {
    return this.#requests.slice(-limit).reverse();
  }

  /** Those with this id, latest first: a client may send the same one again. */
  of(correlationId: string): readonly RecentRequest[] {
    return this.#requests.filter((request) => request.correlationId === correlationId).reverse();
  }
}
