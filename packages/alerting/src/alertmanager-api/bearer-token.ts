import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header carries one of the tokens. Compares in constant time. */
export function hasBearerToken(header: string | undefined, tokens: readonly string[]): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
  if (given === undefined) return false;
  let known = false;
  for (const token of tokens) {
    if (timingSafeEqual(digest(given), digest(token))) known = true;
  }
  return known;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
