import { createHash } from 'node:crypto';

const maxKeyLength = 255;

/** PagerDuty's `dedup_key` of an episode: the alert's id, hashed where it is too long, and the episode. */
export function dedupKey(alertId: string, episode: number): string {
  const suffix = `#${episode}`;
  const plain = /^[\x20-\x7e]*$/.test(alertId) && !isHashed(alertId);
  if (plain && alertId.length + suffix.length <= maxKeyLength) return alertId + suffix;
  return hashedId(alertId) + suffix;
}

/** What a `dedup_key` of ours names; null: it is none. */
export function parseDedupKey(
  key: string,
): { readonly id: string; readonly hashed: boolean; readonly episode: number } | null {
  const [, id, episode] = /^(.+)#(\d{1,15})$/s.exec(key) ?? [];
  if (id === undefined || episode === undefined) return null;
  return { id, hashed: isHashed(id), episode: Number(episode) };
}

/** The short form of an alert's id. */
export function hashedId(alertId: string): string {
  return `sha256:${createHash('sha256').update(alertId).digest('hex')}`;
}

/** An id that looks like a short form is never used as it is. */
function isHashed(id: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(id);
}
