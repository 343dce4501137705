import { AlertingConfigError } from '../configuration.js';

/** What the store needs of an ioredis `Redis` or `Cluster`. */
export interface IoredisLike {
  call(command: string, ...args: string[]): Promise<unknown>;
}

/** What the store needs of a node-redis client. */
export interface NodeRedisLike {
  sendCommand(args: string[]): Promise<unknown>;
}

/** Sends one command, its name first, and resolves to the reply: for any other client. */
export type SendRedisCommand = (args: string[]) => Promise<unknown>;

/** A connected client: of ioredis, of node-redis, or any other as a function. */
export type RedisClient = IoredisLike | NodeRedisLike | SendRedisCommand;

/** How to send a command with this client. */
export function commandSender(client: unknown): SendRedisCommand {
  if (typeof client === 'function') return client as SendRedisCommand;
  const known = (client ?? {}) as Partial<IoredisLike & NodeRedisLike>;
  if (typeof known.call === 'function') {
    const { call } = known;
    return ([command = '', ...args]) => call.call(known, command, ...args);
  }
  if (typeof known.sendCommand === 'function') {
    const { sendCommand } = known;
    return (args) => sendCommand.call(known, args);
  }
  throw new AlertingConfigError(
    'client',
    'must be a client of ioredis or node-redis, or a function that sends a command',
    client,
  );
}
