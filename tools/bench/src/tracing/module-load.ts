import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url);

export interface ModuleLoad {
  readonly millis: number;
  /** Files that are loaded, without the folders above their package. */
  readonly files: readonly string[];
}

/** Loads an entry of a package in a new process, and tells how long that took and what it loaded. */
export async function loadEntry(entry: string): Promise<ModuleLoad> {
  return { millis: await loadMillis(entry), files: await loadedFiles(entry) };
}

export async function loadMillis(entry: string): Promise<number> {
  const source = `const at = performance.now(); await import(${JSON.stringify(entry)}); console.log(performance.now() - at);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
    cwd: root,
  });
  return Number(stdout);
}

// A hook that writes down what is loaded; what CommonJS loads by itself is in its own cache.
const hooks = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from 'node:fs';
  export async function load(url, context, next) {
    writeSync(1, url + '\\n');
    return next(url, context);
  }
`)}`;

async function loadedFiles(entry: string): Promise<string[]> {
  const source = `
    import { register, createRequire } from 'node:module';
    register(${JSON.stringify(hooks)});
    await import(${JSON.stringify(entry)});
    for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log('file://' + file);
  `;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], {
    cwd: root,
  });
  const files = stdout
    .split('\n')
    .filter((line) => line.startsWith('file:'))
    .map((url) => url.replace(/^.*\/(?=(?:packages|node_modules)\/)/, ''));
  return [...new Set(files)];
}
