import type { Redis } from 'ioredis';
import { isOf, RecentRequests, type RecentRequest, type RequestLog } from './recent-requests.js';

const mostKept = 500;
const keptMillis = 86_400_000;

/** Those of all replicas, in a list of Redis; while Redis is away, those of this process. */
export class SharedRequests implements RequestLog {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #own = new RecentRequests(mostKept);
  readonly #timer: NodeJS.Timeout;
  #pending: string[] = [];
  #written = 0;
  #dropped = 0;

  constructor(redis: Redis, key: string, flushIntervalMillis = 200) {
    this.#redis = redis;
    this.#key = key;
    this.#timer = setInterval(() => void this.#flush(), flushIntervalMillis).unref();
  }

  add(request: RecentRequest): void {
    this.#own.add(request);
    this.#pending.push(JSON.stringify(request));
    if (this.#pending.length > mostKept) this.#pending.shift();
  }

  async list(limit = 100, tenant: string | null = null): Promise<readonly RecentRequest[]> {
    // Each replica adds a handful at a time, so the latest are among some more than asked for.
    const all = await this.#read(tenant === null ? Math.min(mostKept, limit + 100) : mostKept);
    return all?.filter(isOf(tenant)).slice(0, limit) ?? this.#own.list(limit, tenant);
  }

  async of(correlationId: string, tenant: string | null = null): Promise<readonly RecentRequest[]> {
    const all = await this.#read(mostKept);
    return (
      all?.filter((request) => request.correlationId === correlationId).filter(isOf(tenant)) ??
      this.#own.of(correlationId, tenant)
    );
  }

  async forget(tenant: string): Promise<number> {
    const own = await this.#own.forget(tenant);
    const shared = (await this.#read(mostKept))?.filter(isOf(tenant)) ?? [];
    for (const request of shared) await this.#redis.lrem(this.#key, 0, JSON.stringify(request));
    return Math.max(own, shared.length);
  }

  stats() {
    return { written: this.#written, dropped: this.#dropped };
  }

  /** Writes what is left; never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flush();
  }

  async #read(count: number): Promise<RecentRequest[] | undefined> {
    await this.#flush();
    try {
      const texts = await this.#redis.lrange(this.#key, 0, count - 1);
      return texts
        .map((text) => JSON.parse(text) as RecentRequest)
        .sort((one, other) => other.at - one.at);
    } catch {
      return undefined;
    }
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const texts = this.#pending;
    this.#pending = [];
    try {
      await this.#redis
        .multi()
        .lpush(this.#key, ...texts)
        .ltrim(this.#key, 0, mostKept - 1)
        .pexpire(this.#key, keptMillis)
        .exec();
      this.#written += texts.length;
    } catch {
      this.#dropped += texts.length;
    }
  }
}
