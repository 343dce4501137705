import { createReplicaTotals, type ReplicaTotals } from '@llm/metrics';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { Redis } from 'ioredis';
import type { Logger } from 'winston';
import type { ModelState } from '../model-states.js';
import { RecentRequests, type RequestLog } from '../requests/recent-requests.js';
import { SharedRequests } from '../requests/shared-requests.js';
import { SharedNote } from './shared-note.js';

/** What replicas have in common beside the database; a process that is alone has it to itself. */
export interface Sharing {
  /** Undefined where no Redis is configured. */
  readonly redis: Redis | undefined;
  /** What the charts and the monitor are made of. */
  readonly totals: ReplicaTotals;
  readonly requests: RequestLog;
  /** What the replica that monitors knows of the models; undefined where there is only one. */
  readonly models: SharedNote<readonly ModelState[]> | undefined;
  readonly stats: Readonly<Record<string, () => object>>;
  close(): Promise<void>;
}

/** @param redisUrl undefined: nothing is shared */
export function startSharing(redisUrl: string | undefined, logger: Logger): Sharing {
  if (redisUrl === undefined) {
    return {
      redis: undefined,
      totals: createReplicaTotals(),
      requests: new RecentRequests(),
      models: undefined,
      stats: {},
      close: () => Promise.resolve(),
    };
  }
  // What is written now and then is no work of a request.
  return context.with(suppressTracing(ROOT_CONTEXT), () => {
    const redis = connect(redisUrl);
    const totals = createReplicaTotals({
      client: redis,
      key: 'reference:totals',
      onChange: (answering, error) => {
        if (answering) logger.info('Redis answers again: models are judged');
        else logger.warn('Redis does not answer: no model is judged until it does', { error });
      },
    });
    const requests = new SharedRequests(redis, 'reference:requests');
    return {
      redis,
      totals,
      requests,
      models: new SharedNote<readonly ModelState[]>(redis, 'reference:models'),
      stats: { totals: () => totals.stats(), shared_requests: () => requests.stats() },
      close: async () => {
        await totals.close();
        await requests.close();
        redis.disconnect();
      },
    };
  });
}

function connect(url: string): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2000,
    // Whether it was taken is not known: adding twice would be worse than not at all.
    autoResendUnfulfilledCommands: false,
  });
  // The totals tell when it does not answer, whether the connection broke or hangs.
  redis.on('error', () => undefined);
  return redis;
}
