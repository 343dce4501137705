import { createHmac, timingSafeEqual } from 'node:crypto';
import { AlertingConfigError } from '../configuration.js';

/** One secret, or several while one replaces another: the first signs, all verify. */
export type SigningSecret = string | readonly string[];

/** The secrets as a list, or an error that names the option and never quotes them. */
export function checkedSecrets(
  path: string,
  value: unknown,
  minLength = 1,
): readonly [string, ...string[]] {
  const secrets: readonly unknown[] = Array.isArray(value) ? value : [value];
  const [first, ...others] = secrets.map((secret, index) => {
    if (typeof secret === 'string' && secret.length >= minLength) return secret;
    const at = Array.isArray(value) ? `${path}[${index}]` : path;
    throw new AlertingConfigError(at, `must be a secret of at least ${minLength} characters`);
  });
  if (first === undefined) throw new AlertingConfigError(path, 'must be at least one secret');
  return [first, ...others];
}

/** Whether a hexadecimal HMAC-SHA-256 of the parts is by one of the secrets. Compares in constant time. */
export function isSignedBy(
  secrets: readonly string[],
  parts: readonly (string | Buffer)[],
  signature: string,
): boolean {
  if (!/^[0-9a-f]{64}$/.test(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let valid = false;
  for (const secret of secrets) {
    const hmac = createHmac('sha256', secret);
    for (const part of parts) hmac.update(part);
    if (timingSafeEqual(hmac.digest(), given)) valid = true;
  }
  return valid;
}
