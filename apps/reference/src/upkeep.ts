/** Deletes what is not to be kept: `npm run upkeep:reference -- --help`. */
import { parseArgs } from 'node:util';
import { deleteExpiredRows } from '@llm/metrics';
import { Redis } from 'ioredis';
import { ConfigurationError, readConfiguration } from './configuration.js';
import { openDatabase } from './database.js';
import { tenantPattern } from './tenant.js';
import { announceErasure } from './upkeep/erasure-notices.js';
import { eraseTenant } from './upkeep/tenant-erasure.js';

const usage = `Usage: npm run upkeep:reference -- <command>
  retain --days N      delete mappings and model calls older than N days
  erase-tenant ID      delete a tenant's mappings and alerts, and what running replicas remember of it
Environment: DATABASE_URL REDIS_URL DATA_DIR, as the service has them`;

function fail(why: string): never {
  throw new ConfigurationError(`${why}\n${usage}`);
}

async function run(args: readonly string[]): Promise<object> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { days: { type: 'string' } },
  });
  const [command, tenant, ...rest] = positionals;
  const days = Number(values.days);
  if (command === 'retain' ? tenant !== undefined : command !== 'erase-tenant' || rest.length > 0) {
    fail(`There is no command "${positionals.join(' ')}"`);
  }
  if (command === 'retain' && !(days > 0 && days <= 36_500)) {
    fail(`--days is "${String(values.days)}": it takes a number from above 0 to 36500`);
  }
  if (command === 'erase-tenant' && !tenantPattern.test(tenant ?? '')) {
    fail(`"${String(tenant)}" is no id of a tenant`);
  }
  const { databaseUrl, redisUrl, dataDirectory } = readConfiguration(['--no-traffic'], process.env);
  const database = await openDatabase({
    url: databaseUrl,
    dataDirectory,
    onError: () => undefined,
  });
  const { pool } = database;
  const redis = redisUrl === undefined ? undefined : new Redis(redisUrl);
  try {
    if (command === 'retain') return await deleteExpiredRows(pool, days);
    const id = tenant ?? '';
    // First those that might write it again.
    const replicas = await announceErasure(pool, id);
    return { ...(await eraseTenant(pool, redis, id)), replicas };
  } finally {
    redis?.disconnect();
    await database.close();
  }
}

try {
  console.log(JSON.stringify(await run(process.argv.slice(2))));
} catch (error) {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = error instanceof ConfigurationError || code.startsWith('ERR_PARSE_ARGS');
  console.error(known ? (error as Error).message : error);
  process.exitCode = 1;
}
