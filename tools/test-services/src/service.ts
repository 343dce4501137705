import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** A real server for a test. All methods settle when it is in the state that they name. */
export interface Service {
  /** Where it listens; the same after a restart. */
  readonly url: string;
  /** Starts it again, on the same port and data, after `stop` or `kill`. */
  start(): Promise<void>;
  /** Ends it in its own orderly way. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP: it holds its connections and answers nothing, until `resume`. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

/** A server that somebody else runs: used, never stopped. */
export function runningService(variable: string, url: string): Service {
  const refuse = (): never => {
    throw new Error(
      `${variable} points at a server that tests may not stop; start this one with { breakable: true }`,
    );
  };
  const refuseLater = (): Promise<void> => Promise.resolve().then(refuse);
  return {
    url,
    start: refuseLater,
    stop: () => Promise.resolve(),
    kill: refuseLater,
    pause: refuse,
    resume: refuse,
  };
}

export interface ServiceProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  /** Resolves when the server answers; polled until it does. */
  readonly probe: () => Promise<unknown>;
}

const startTimeoutMillis = 30_000;

/** Runs a program as a service that never outlives this process, however this process ends. */
export async function startService(program: ServiceProgram): Promise<Service> {
  let child = await launch(program);
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    url: program.url,
    start: async () => {
      await end('SIGTERM');
      child = await launch(program);
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

async function launch({ command, args, probe }: ServiceProgram): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-4000);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  if (child.pid !== undefined) killWithThisProcess(child.pid);
  for (const deadline = Date.now() + startTimeoutMillis; ;) {
    const ended = failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(
        `${command} ${args.join(' ')} did not start: ${failure?.message ?? ''}\n${said}`,
      );
    }
    try {
      await probe();
      break;
    } catch {
      await setTimeout(20);
    }
  }
  letGo(child);
  return child;
}

/** A shell that waits for the end of its input, which comes when this process is gone, by SIGKILL too. */
function killWithThisProcess(pid: number): void {
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -9 ${pid} 2>/dev/null`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  letGo(guard);
}

/** A child and its pipes must not keep this process alive. */
function letGo(child: ChildProcess): void {
  child.unref();
  for (const pipe of child.stdio) (pipe as Socket | null)?.unref();
}
