import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dedupKey, hashedId, parseDedupKey } from '../../src/channels/pagerduty-key.js';

const ids = fc.oneof(
  fc.string({ minLength: 1, maxLength: 600, unit: 'binary' }),
  fc.string({ minLength: 1, maxLength: 300 }),
  fc.string({ minLength: 1 }).map(hashedId),
);

describe('a dedup key', () => {
  it('has at most 255 characters and names its alert and episode', () => {
    fc.assert(
      fc.property(ids, fc.nat(), (id, episode) => {
        const key = dedupKey(id, episode);
        expect(key.length).toBeLessThanOrEqual(255);
        expect(key).toMatch(/^[\x20-\x7e]*$/);
        const named = parseDedupKey(key)!;
        expect(named.episode).toBe(episode);
        expect(named.hashed ? hashedId(id) : id).toBe(named.id);
      }),
    );
  });

  it('that is none of ours names nothing', () => {
    for (const key of ['', 'k', '#1', 'k#', 'k#x', 'k#-1', 'baf7cf21b1da41b4b0221008339ff357']) {
      expect(parseDedupKey(key)).toBeNull();
    }
  });
});
