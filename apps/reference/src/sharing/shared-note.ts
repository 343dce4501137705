import type { Redis } from 'ioredis';

const keptMillis = 86_400_000;

/** What one replica writes for all of them to read. */
export class SharedNote<T> {
  readonly #redis: Redis;
  readonly #key: string;

  constructor(redis: Redis, key: string) {
    this.#redis = redis;
    this.#key = key;
  }

  async write(value: T): Promise<void> {
    await this.#redis.set(this.#key, JSON.stringify(value), 'PX', keptMillis);
  }

  /** Undefined when nobody has written. */
  async read(): Promise<T | undefined> {
    const text = await this.#redis.get(this.#key);
    return text === null ? undefined : (JSON.parse(text) as T);
  }
}
