import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { throwawayDirectory } from 'test-services';

/** What the anomaly monitor says of one detector, of `GET /models`. */
export interface WatchedModel {
  readonly modelName: string;
  readonly status: string;
  readonly windowsTrained: number;
  readonly windowsScored: number;
  readonly windowsAnomalous: number;
  readonly flagged: {
    readonly timestamp: string;
    readonly anomalies: readonly { readonly metric: string; readonly zScore: number }[];
  } | null;
}

/** Of `GET /alerts`. */
export interface Alerts {
  readonly active: readonly { readonly key: string; readonly status: string }[];
  /** Latest first. */
  readonly history: readonly {
    readonly key: string;
    readonly event: string;
    /** Milliseconds since 1970. */
    readonly at: number;
  }[];
}

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface RunningServiceOptions {
  /** Beside the variables that the service needs, which it always gets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
  /** Lets `keptBytes` be asked. Default false: the service runs without anything of ours in it. */
  readonly heapProbe?: boolean;
}

const heapProbe = new URL('./heap-probe.js', import.meta.url).href;
const program = fileURLToPath(new URL('../../../../apps/reference/dist/main.js', import.meta.url));

/** The reference app as a user runs it: a process of its own, with a data directory that goes when it ends. */
export class RunningService {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Resolves when it listens; rejects with what it printed when it ends before. */
  static async start(
    args: readonly string[],
    { env = {}, onLine = () => undefined, heapProbe: probed = false }: RunningServiceOptions = {},
  ): Promise<RunningService> {
    const flags = probed ? ['--expose-gc', '--import', heapProbe] : [];
    const child = spawn(process.execPath, [...flags, program, ...args], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DATA_DIR: throwawayDirectory('reference'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit', probed ? 'ipc' : 'ignore'],
    });
    // A command that is stopped stops what it started.
    process.once('exit', () => child.kill());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => process.exit(130));
    }
    const printed: string[] = [];
    const output = child.stdout as Readable;
    const url = new Promise<string>((resolve, reject) => {
      createInterface({ input: output }).on('line', (text) => {
        if (text.startsWith('{')) onLine(JSON.parse(text) as LogLine);
        else printed.push(text);
        const [, address] = /^Compliance mapper at (\S+)$/.exec(text) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.once('exit', (code) =>
        reject(new Error(`The service ended with ${String(code)}:\n${printed.join('\n')}`)),
      );
    });
    return new RunningService(child, await url);
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T;
  }

  /** @throws Error with the answer where it is no success. */
  async post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async models(): Promise<readonly WatchedModel[]> {
    return (await this.get<{ models: readonly WatchedModel[] }>('/models')).models;
  }

  alerts(): Promise<Alerts> {
    return this.get('/alerts');
  }

  /** Asks ten times a second until the answer is there. @throws Error that says what was waited for. */
  async waitFor<T>(
    what: string,
    timeoutSeconds: number,
    ask: () => Promise<T | undefined>,
  ): Promise<T> {
    const end = performance.now() + timeoutSeconds * 1000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > end) throw new Error(`not within ${timeoutSeconds} s: ${what}`);
      await setTimeout(100);
    }
  }

  /** Resident memory, bytes; NaN where the system does not tell. */
  residentBytes(): number {
    try {
      const status = readFileSync(`/proc/${String(this.#child.pid)}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    } catch {
      return NaN;
    }
  }

  /** Memory that is in use after a garbage collection, bytes: the heap, and buffers outside of it. */
  async keptBytes(): Promise<number> {
    const answer = once(this.#child, 'message') as Promise<[{ readonly keptBytes: number }]>;
    this.#child.send('heap');
    return (await answer)[0].keptBytes;
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end and waits; its exit code. */
  async stop(): Promise<number | null> {
    await this.#end('SIGTERM');
    return this.#child.exitCode;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
