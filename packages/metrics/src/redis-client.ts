import { MetricsConfigurationError } from './configuration.js';

/** ioredis' way of sending any command. */
export interface CallClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** node-redis' way of sending any command. */
export interface SendCommandClient {
  sendCommand(args: string[]): Promise<unknown>;
}

/** An ioredis client, a node-redis client, or anything that sends a command and its arguments. */
export type RedisClient = CallClient | SendCommandClient;

export type RedisCommand = (...command: [string, ...string[]]) => Promise<unknown>;

/** One way to send commands, whichever client it is. */
export function redisCommand(client: unknown): RedisCommand {
  const shape = client as (Partial<CallClient> & Partial<SendCommandClient>) | null | undefined;
  // ioredis has a `sendCommand` too, which takes something else: so `call` is asked for first.
  if (typeof shape?.call === 'function') {
    const caller = shape as CallClient;
    return async (...command) => caller.call(...command);
  }
  if (typeof shape?.sendCommand === 'function') {
    const sender = shape as SendCommandClient;
    return async (...command) => sender.sendCommand(command);
  }
  throw new MetricsConfigurationError(
    'client',
    client,
    'a Redis client with call(command, ...args) or sendCommand(args)',
  );
}
