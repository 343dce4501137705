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

/** The latest requests that did the work of the service; of one tenant or, where that is null, of all. */
export interface RequestLog {
  add(request: RecentRequest): void;
  /** Latest first; `limit` is 100 unless told. */
  list(limit?: number, tenant?: string | null): Promise<readonly RecentRequest[]>;
  /** Those with this id, latest first: a client may send the same one again. */
  of(correlationId: string, tenant?: string | null): Promise<readonly RecentRequest[]>;
  /** Forgets a tenant's; gives how many. */
  forget(tenant: string): Promise<number>;
}

/** Those of this process. */
export class RecentRequests implements RequestLog {
  readonly #mostKept: number;
  #requests: RecentRequest[] = [];

  constructor(mostKept = 500) {
    this.#mostKept = mostKept;
  }

  add(request: RecentRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#mostKept) this.#requests.shift();
  }

  list(limit = 100, tenant: string | null = null): Promise<readonly RecentRequest[]> {
    return Promise.resolve(this.#requests.filter(isOf(tenant)).slice(-limit).reverse());
  }

  of(correlationId: string, tenant: string | null = null): Promise<readonly RecentRequest[]> {
    return Promise.resolve(
      this.#requests
        .filter((request) => request.correlationId === correlationId)
        .filter(isOf(tenant))
        .reverse(),
    );
  }

  forget(tenant: string): Promise<number> {
    const before = this.#requests.length;
    this.#requests = this.#requests.filter(({ tenantId }) => tenantId !== tenant);
    return Promise.resolve(before - this.#requests.length);
  }
}

export function isOf(tenant: string | null): (request: RecentRequest) => boolean {
  return ({ tenantId }) => tenant === null || tenantId === tenant;
}
