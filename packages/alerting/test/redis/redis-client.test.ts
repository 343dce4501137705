import { expect, expectTypeOf, it } from 'vitest';
import type { Cluster, Redis } from 'ioredis';
import type { RedisClientType } from 'redis';
import { RedisStore, type RedisClient } from '../../src/redis.js';
import type { AlertStore } from '../../src/index.js';

it('takes the clients of ioredis and node-redis as they are', () => {
  expectTypeOf<Redis>().toExtend<RedisClient>();
  expectTypeOf<Cluster>().toExtend<RedisClient>();
  expectTypeOf<RedisClientType>().toExtend<RedisClient>();
  expectTypeOf<RedisStore>().toExtend<AlertStore>();
});

it('takes a function, and gives it the key by which a cluster finds the node', async () => {
  const sent: string[][] = [];
  const client = (args: string[]): Promise<unknown> => {
    sent.push(args);
    return Promise.resolve(Buffer.from('true'));
  };
  const store = new RedisStore({ client, prefix: 'mine' });
  expect(await store.unwatch('a')).toBe(true);
  expect(sent[0]?.[0]).toBe('EVALSHA');
  expect(sent[0]?.slice(2, 5)).toEqual(['1', '{mine}', 'unwatch']);
});
