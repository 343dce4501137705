import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalPostgres } from 'local-postgres';

const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'local-postgres-'));
chmodSync(scratch, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

describe('startLocalPostgres', () => {
  it('keeps committed rows over stop, over SIGKILL and over a new start on the same directory', async () => {
    const directory = join(scratch, 'kept');
    const server = await startLocalPostgres({ directory });
    await query(server.url, 'create table t (n int)');
    await query(server.url, 'insert into t values (1)');
    await server.kill();
    await expect(query(server.url, 'select n from t')).rejects.toThrow(/ECONNREFUSED/);
    await server.start();
    await query(server.url, 'insert into t values (2)');
    await server.stop();
    const again = await startLocalPostgres({ directory });
    expect(await query(again.url, 'select n from t order by n')).toEqual([{ n: 1 }, { n: 2 }]);
    await again.stop();
  }, 60_000);

  it('says what the server said when the directory is in use', async () => {
    const directory = join(scratch, 'busy');
    const first = await startLocalPostgres({ directory });
    await expect(startLocalPostgres({ directory })).rejects.toThrow(/postmaster\.pid/);
    await first.stop();
  }, 60_000);

  it('stops the server when the process that started it is killed', async () => {
    const directory = join(scratch, 'orphan');
    const program = `
      import { startLocalPostgres } from ${JSON.stringify(built)};
      const server = await startLocalPostgres({ directory: ${JSON.stringify(directory)} });
      console.log(server.url);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(owner.stdout, 'data')) as [Buffer];
    const url = first.toString().trim();
    expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
    owner.kill('SIGKILL');
    await expect
      .poll(
        () =>
          query(url, 'select 1 as n').then(
            () => 'up',
            () => 'down',
          ),
        { timeout: 15_000 },
      )
      .toBe('down');
  }, 60_000);

  it('has stopped when stop() resolves, in a process that waits for nothing else', async () => {
    const directory = join(scratch, 'last');
    const program = `
      import { startLocalPostgres } from ${JSON.stringify(built)};
      const server = await startLocalPostgres({ directory: ${JSON.stringify(directory)} });
      await server.stop();
      console.log('stopped');`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = (await once(owner.stdout, 'data')) as [Buffer];
    expect(first.toString()).toBe('stopped\n');
  }, 60_000);
});
