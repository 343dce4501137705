import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly correlation_id?: string;
  readonly [field: string]: unknown;
}

/** The service as a user runs it: a process of its own, reached over HTTP. */
export interface RunningApp {
  readonly url: string;
  readonly banner: string;
  readonly process: ChildProcess;
  /** The lines that it logged so far. */
  logs(): readonly LogLine[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get<T>(path: string): Promise<T>;
  /** Sends the signal and waits for the end; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts it on a free port with a data directory of its own; it ends with the test. */
export async function startApp(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunningApp> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'reference-'));
  chmodSync(dataDirectory, 0o755);
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: dataDirectory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  };
  onTestFinished(async () => {
    await stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  }, 30_000);
  while (!output.includes('stop with Ctrl-C')) {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [, url = ''] = /Compliance mapper at (\S+)/.exec(output) ?? [];
  return {
    url,
    banner: output,
    process: child,
    logs: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as LogLine),
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    get: async <T>(path: string) => (await (await fetch(url + path)).json()) as T,
    stop,
  };
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** An HTTP receiver that keeps the JSON it is sent; it ends with the test. */
export async function startReceiver(): Promise<{ url: string; received: readonly Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body: JSON.parse(body) as unknown });
      response.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}
