import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Names a text without telling it: a bare hash of a short text could be found by trying all of them, so it is keyed.
 * The key comes from the configuration, else it is made once for this deployment and kept beside its data.
 */
export function createTextIdentity(
  key: string | undefined,
  dataDirectory: string,
): (text: string) => string {
  const secret = key ?? keptKey(dataDirectory);
  return (text) => createHmac('sha256', secret).update(text).digest('hex');
}

function keptKey(dataDirectory: string): string {
  const file = join(dataDirectory, 'text-hmac.key');
  mkdirSync(dataDirectory, { recursive: true });
  try {
    // Fails when it exists, so that two processes starting together agree on one key.
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
