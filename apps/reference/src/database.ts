import { join } from 'node:path';
import { startLocalPostgres } from 'local-postgres';
import pg from 'pg';

export interface Database {
  readonly pool: pg.Pool;
  /** Where it runs, without the password. */
  readonly description: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A server's URL; undefined starts one in the data directory. */
  readonly url: string | undefined;
  readonly dataDirectory: string;
  /** Called when a connection breaks while nobody uses it; without a listener that would end the process. */
  readonly onError: (error: Error) => void;
}

/** @throws Error when the server cannot be reached or started. */
export async function openDatabase({
  url,
  dataDirectory,
  onError,
}: DatabaseOptions): Promise<Database> {
  const directory = join(dataDirectory, 'postgres');
  const embedded = url === undefined ? await startLocalPostgres({ directory }) : undefined;
  const connectionString = url ?? embedded?.url;
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    application_name: 'reference',
  });
  pool.on('error', onError);
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    await embedded?.stop();
    throw new Error(`The database at ${withoutPassword(connectionString)} does not answer`, {
      cause: error,
    });
  }
  return {
    pool,
    description:
      embedded === undefined
        ? withoutPassword(url)
        : `${withoutPassword(embedded.url)}, embedded, data in ${directory}`,
    close: async () => {
      await pool.end();
      await embedded?.stop();
    },
  };
}

function withoutPassword(url: string | undefined): string {
  if (url === undefined) return '';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
