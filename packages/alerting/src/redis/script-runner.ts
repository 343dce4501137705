import { scripts } from './script.js';
import type { SendRedisCommand } from './redis-client.js';

/** Redis could not be reached in time, or refused: the step has happened completely or not at all. */
export class RedisStoreError extends Error {
  override readonly name = 'RedisStoreError';
}

/** How to reach Redis, and for how long to wait. */
export interface ScriptRunnerOptions {
  readonly send: SendRedisCommand;
  /** The key that all others begin with. */
  readonly key: string;
  readonly commandTimeoutMillis: number;
  readonly maxCommandsInFlight: number;
}

/** Runs scripts: by digest, with the text where Redis does not know it (yet, or any more). */
export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  #inFlight = 0;

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
  }

  /** The reply, parsed. Rejects with a RedisStoreError. */
  async run(method: string, args: readonly string[]): Promise<unknown> {
    const { maxCommandsInFlight } = this.#options;
    // A client that queues while it is not connected would otherwise queue without bound.
    if (this.#inFlight >= maxCommandsInFlight) {
      throw new RedisStoreError(
        `${method}: ${maxCommandsInFlight} commands wait for Redis already (maxCommandsInFlight)`,
      );
    }
    this.#inFlight += 1;
    const reply = this.#evaluate(method, args).finally(() => (this.#inFlight -= 1));
    return parse(method, await this.#inTime(method, reply));
  }

  async #evaluate(method: string, args: readonly string[]): Promise<unknown> {
    const { send, key } = this.#options;
    const script = scripts.get(method);
    if (script === undefined) throw new TypeError(`there is no script of ${method}`);
    try {
      try {
        return await send(['EVALSHA', script.digest, '1', key, method, ...args]);
      } catch (error) {
        if (!message(error).startsWith('NOSCRIPT')) throw error;
        return await send(['EVAL', script.text, '1', key, method, ...args]);
      }
    } catch (error) {
      throw new RedisStoreError(`${method}: Redis failed: ${message(error)}`, { cause: error });
    }
  }

  #inTime(method: string, reply: Promise<unknown>): Promise<unknown> {
    const { commandTimeoutMillis } = this.#options;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        const problem = `${method}: Redis did not answer within ${commandTimeoutMillis} ms`;
        reject(new RedisStoreError(problem));
      }, commandTimeoutMillis);
      reply.then(resolve, reject).finally(() => clearTimeout(timeout));
    });
  }
}

function message(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An AggregateError of a failed connection has no message of its own.
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}

function parse(method: string, reply: unknown): unknown {
  const text = Buffer.isBuffer(reply) ? reply.toString() : reply;
  if (typeof text !== 'string') {
    throw new RedisStoreError(`${method}: Redis answered with ${typeof reply} instead of text`);
  }
  return JSON.parse(text) as unknown;
}
