import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A fresh directory that the users which servers run as can reach. It goes when this process ends, by SIGKILL too (test
 * runners end their workers that way): a shell waits for the end of its input, then for servers to let go of it.
 */
export function throwawayDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(directory, 0o755);
  const remove = 'cat >/dev/null; for i in 1 2 3 4 5; do sleep 1; rm -rf "$0" 2>/dev/null && break; done'; // prettier-ignore
  const guard = spawn('sh', ['-c', remove, directory], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  // A pipe is a socket, which the types of a child do not say.
  (guard.stdin as unknown as { unref(): void }).unref();
  return directory;
}
