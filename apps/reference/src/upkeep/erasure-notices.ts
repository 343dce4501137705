import { setTimeout } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type pg from 'pg';
import type { Logger } from 'winston';

/** How much a running process forgot, by what it was. */
export type Forgotten = Readonly<Record<string, number>>;

const [asked, answered] = ['reference_erasure', 'reference_erased'];
const againMillis = 1000;

/** Waits for tenants that are erased, forgets them, and says so. Ends with `close`. */
export function listenForErasures(
  pool: pg.Pool,
  forget: (tenant: string) => Promise<Forgotten>,
  logger: Logger,
): { close(): void } {
  const ending = new AbortController();
  const { signal } = ending;
  const take = async (tenant: string): Promise<void> => {
    const forgotten = await forget(tenant);
    // The id is not repeated: it was to be forgotten.
    logger.info('a tenant was forgotten', { ...forgotten });
    await pool.query('select pg_notify($1, $2)', [answered, JSON.stringify(forgotten)]);
  };
  const listen = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        const client = await pool.connect();
        const ended = new Promise<void>((resolve) => {
          client.once('error', () => resolve());
          client.once('end', () => resolve());
          signal.addEventListener('abort', () => resolve(), { once: true });
          // Closed while it was connecting: nothing tells of that any more.
          if (signal.aborted) resolve();
        });
        client.on('notification', ({ payload = '' }) => {
          void take(payload).catch((error: unknown) =>
            logger.error('a tenant could not be forgotten', { error }),
          );
        });
        await client.query(`listen ${asked}`);
        await ended;
        client.release(true);
      } catch {
        // The database is away, which others tell.
      }
      await setTimeout(againMillis, undefined, { ref: false, signal }).catch(() => undefined);
    }
  };
  void context.with(suppressTracing(ROOT_CONTEXT), listen);
  return {
    close: () => ending.abort(),
  };
}

/** Tells every process that listens, and gives what each of those said that answered in time. */
export async function announceErasure(
  pool: pg.Pool,
  tenant: string,
  waitMillis = 2000,
): Promise<readonly Forgotten[]> {
  const answers: Forgotten[] = [];
  const client = await pool.connect();
  try {
    client.on('notification', ({ payload = '{}' }) => {
      answers.push(JSON.parse(payload) as Forgotten);
    });
    await client.query(`listen ${answered}`);
    await client.query('select pg_notify($1, $2)', [asked, tenant]);
    await setTimeout(waitMillis);
    return answers;
  } finally {
    client.release(true);
  }
}
