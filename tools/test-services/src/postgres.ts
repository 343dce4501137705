import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocalPostgres } from 'local-postgres';
import { throwawayDirectory } from './directory.js';
import { runningService, type Service } from './service.js';

export interface PostgresOptions {
  /** Server settings, such as `{ fsync: 'off' }`. Default: Postgres' own, as in production. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The test stops, kills or pauses it, so that it must be its own. Default: false. */
  readonly breakable?: boolean;
}

/** A Postgres: the one at TEST_DATABASE_URL, which may hold other tables, else one of this test's own. */
export async function startPostgres({
  settings,
  breakable = false,
}: PostgresOptions = {}): Promise<Service> {
  const running = process.env['TEST_DATABASE_URL'];
  if (running !== undefined && settings === undefined && !breakable)
    return runningService('TEST_DATABASE_URL', running);
  const directory = throwawayDirectory('postgres');
  const data = join(directory, 'data');
  const server = await startLocalPostgres({ directory: data, settings: settings ?? {} });
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    process.kill(
      Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]),
      name,
    );
  };
  return { ...server, pause: () => signal('SIGSTOP'), resume: () => signal('SIGCONT') };
}
