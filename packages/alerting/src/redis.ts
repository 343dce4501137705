export { RedisStore } from './redis/redis-store.js';
export { RedisStoreError } from './redis/script-runner.js';

export type { RedisStoreOptions } from './redis/redis-store.js';
export type {
  IoredisLike,
  NodeRedisLike,
  RedisClient,
  SendRedisCommand,
} from './redis/redis-client.js';
