import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostMessage, HostSettings } from './host.js';

export interface LocalPostgresOptions {
  /** Data directory; made when it is missing, kept when the server stops. */
  readonly directory: string;
  /** Port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Server settings such as `{ fsync: 'off' }`, given as `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called with each line of the server's own log. Default: nothing. */
  readonly onLog?: (line: string) => void;
}

/** A running server; all methods settle when the server is in the state that they name. */
export interface LocalPostgres {
  /** `postgresql://…` with the password in it. The same after a restart. */
  readonly url: string;
  /** Starts it again, on the same port and data, after `stop` or `kill`. */
  start(): Promise<void>;
  /** Fast shutdown: aborts transactions, loses nothing that was committed. */
  stop(): Promise<void>;
  /** SIGKILL, as a machine that loses power would look to its clients. */
  kill(): Promise<void>;
}

const hostProgram = fileURLToPath(new URL('./host.js', import.meta.url));

/**
 * Starts a real Postgres from npm on loopback. It runs under a small host process of its own session, so that Ctrl-C in
 * a terminal reaches the caller only, and so that it stops whenever the caller ends, by SIGKILL too.
 *
 * @throws Error with the server's own words when it cannot start.
 */
export async function startLocalPostgres(options: LocalPostgresOptions): Promise<LocalPostgres> {
  const port = options.port ?? (await freePort());
  const settings: HostSettings = {
    directory: absolute(options.directory),
    port,
    settings: options.settings ?? {},
  };
  let host = await startHost(settings, options.onLog);
  const end = async (message: 'stop' | 'kill'): Promise<void> => {
    if (host.process.exitCode !== null || host.process.signalCode !== null) return;
    // Waited for from here on: a caller with nothing else to do must not end before it.
    host.process.ref();
    const ended = once(host.process, 'exit');
    host.process.send(message);
    await ended;
  };
  return {
    url: host.url,
    start: async () => {
      await end('stop');
      host = await startHost(settings, options.onLog);
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
  };
}

async function startHost(
  settings: HostSettings,
  onLog: ((line: string) => void) | undefined,
): Promise<{ process: ChildProcess; url: string }> {
  const child = fork(hostProgram, [JSON.stringify(settings)], {
    detached: true,
    // The caller's directory may be closed to the user that Postgres runs as.
    cwd: '/',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: HostMessage) => {
      if (message.type === 'ready') resolve(message.url);
      else if (message.type === 'failed') reject(new Error(message.reason));
      else onLog?.(message.line);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(
        new Error(
          `The host process of Postgres ended with code ${String(code)} before it was ready`,
        ),
      );
    });
  });
  // The server must not keep the caller alive; the channel's end tells the host to stop it.
  child.unref();
  child.channel?.unref();
  return { process: child, url };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1');
  return address.port;
}
