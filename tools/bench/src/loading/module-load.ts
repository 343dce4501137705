import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);

/** What loading modules took, in a process that was new. */
export interface LoadTime {
  /** By the clock. */
  readonly millis: number;
  /** Of all threads, as a compiler and a collector work beside the main one. */
  readonly cpuMillis: number;
}

/**
 * Loads an entry of a package in a new process.
 *
 * @param after what was loaded before, and is not counted
 */
export async function loadTime(entry: string, after: readonly string[] = []): Promise<LoadTime> {
  const source = `
    ${after.map((base) => `await import(${JSON.stringify(base)});`).join('\n')}
    const cpu = process.cpuUsage(), at = performance.now();
    await import(${JSON.stringify(entry)});
    const millis = performance.now() - at, { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ millis, cpuMillis: (user + system) / 1000 }));`;
  return JSON.parse(await output(source)) as LoadTime;
}

// A hook that writes down what is loaded; what CommonJS loads by itself is in its own cache.
const hooks = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  export async function load(url, context, next) {
    writeSync(1, url + '\\n');
    return next(url, context);
  }
`)}`;

/** Files that loading an entry loads, without the folders above their package. */
export async function loadedFiles(entry: string): Promise<string[]> {
  const files = (
    await output(`
      import { register, createRequire } from 'node:module';
      register(${JSON.stringify(hooks)});
      await import(${JSON.stringify(entry)});
      for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log('file://' + file);
    `)
  )
    .split('\n')
    .filter((line) => line.startsWith('file:'))
    .map((url) => url.replace(/^.*\/(?=(?:packages|node_modules)\/)/, ''));
  return [...new Set(files)];
}

async function output(source: string): Promise<string> {
  const args = ['--input-type=module', '-e', source];
  return (await run(process.execPath, args, { cwd: root })).stdout;
}
