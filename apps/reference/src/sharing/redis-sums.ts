import type { Redis } from 'ioredis';
import type { Sums } from './sums.js';

export interface RedisSumsOptions {
  /** Default 200. */
  readonly flushIntervalMillis?: number;
  /** Called when Redis does not answer any more, with why, and when it does again. */
  readonly onChange?: (answering: boolean, error: unknown) => void;
}

/** One failure may be a connection that is being made. */
const failuresUntilTold = 2;
/** What nobody has added to for so long is gone. */
const keptMillis = 86_400_000;

/**
 * Sums of all replicas, in a hash of Redis. What is added is gathered and written a few times a second; what Redis does
 * not take is dropped and counted, since written later it would look like a burst.
 */
export class RedisSums implements Sums {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #timer: NodeJS.Timeout;
  #pending = new Map<string, number>();
  readonly #onChange: (answering: boolean, error: unknown) => void;
  #failures = 0;
  #reading: Promise<Readonly<Record<string, number>>> | undefined;
  #written = 0;
  #dropped = 0;

  constructor(
    redis: Redis,
    key: string,
    { flushIntervalMillis = 200, onChange = () => undefined }: RedisSumsOptions = {},
  ) {
    this.#redis = redis;
    this.#key = key;
    this.#onChange = onChange;
    this.#timer = setInterval(() => {
      if (this.#pending.size > 0) void this.#exchange(false).catch(() => undefined);
    }, flushIntervalMillis).unref();
  }

  add(name: string, amount: number): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + amount);
  }

  /** Those who read at the same moment share an answer. */
  read(): Promise<Readonly<Record<string, number>>> {
    this.#reading ??= this.#exchange(true).finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  get answering(): boolean {
    return this.#failures < failuresUntilTold;
  }

  stats() {
    return {
      written: this.#written,
      dropped: this.#dropped,
      answering: this.answering ? 1 : 0,
    };
  }

  /** Writes what is left; never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#pending.size > 0) await this.#exchange(false).catch(() => undefined);
  }

  async #exchange(reads: boolean): Promise<Readonly<Record<string, number>>> {
    const added = this.#pending;
    this.#pending = new Map();
    const transaction = this.#redis.multi();
    for (const [name, amount] of added) transaction.hincrbyfloat(this.#key, name, amount);
    transaction.pexpire(this.#key, keptMillis);
    if (reads) transaction.hgetall(this.#key);
    try {
      const answers = (await transaction.exec()) ?? [];
      for (const [error] of answers) if (error !== null) throw error;
      this.#written += added.size;
      if (!this.answering) this.#onChange(true, undefined);
      this.#failures = 0;
      const sums = reads ? (answers.at(-1)?.[1] as Record<string, string>) : {};
      return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, Number(sum)]));
    } catch (error) {
      this.#dropped += added.size;
      this.#failures += 1;
      if (this.#failures === failuresUntilTold) this.#onChange(false, error);
      throw error;
    }
  }
}
