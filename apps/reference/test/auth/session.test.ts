import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sessions } from '../../src/auth/session.js';

const token = 'a-token-of-some-length';
/** What a browser sends back for what was set. */
const sent = (setCookie: string): string => setCookie.split(';')[0]!;

describe('a session', () => {
  it('is known to every replica that has the token, among other cookies, until its time is over', () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const sessions = new Sessions(token, 60_000, () => now);
    const replica = new Sessions(token, 60_000, () => now);
    const cookie = sent(sessions.open(false));
    expect(replica.endOf(`theme=dark; ${cookie}; reference_session=other`)).toBe(now + 60_000);
    now += 59_999;
    expect(replica.endOf(cookie)).toBe(now + 1);
    now += 1;
    expect(replica.endOf(cookie)).toBeUndefined();
  });

  it('ends with the token that it was opened with', () => {
    const cookie = sent(new Sessions(token, 60_000).open(false));
    expect(new Sessions(`${token}2`, 60_000).endOf(cookie)).toBeUndefined();
  });

  it('cannot be made or prolonged without the token', () => {
    const sessions = new Sessions(token, 60_000);
    const cookie = sent(sessions.open(false));
    const end = sessions.endOf(cookie)!;
    expect(sessions.endOf(cookie.replace(String(end), String(end + 1)))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.nat(cookie.length - 1),
        fc.string({ minLength: 1, maxLength: 2 }),
        (at, text) => {
          const forged = cookie.slice(0, at) + text + cookie.slice(at + 1);
          fc.pre(sent(forged).trim() !== cookie);
          expect(sessions.endOf(forged)).toBeUndefined();
        },
      ),
    );
    for (const other of [undefined, '', 'reference_session', 'reference_session=', `x${cookie}`]) {
      expect(sessions.endOf(other)).toBeUndefined();
    }
  });

  it('is told to the browser so that no script and no other site can use it', () => {
    const sessions = new Sessions(token, 60_000);
    expect(sessions.open(false)).toMatch(/; Path=\/; Max-Age=60; HttpOnly; SameSite=Strict$/);
    expect(sessions.open(true)).toMatch(/; Secure$/);
    expect(Sessions.close(false)).toMatch(/^reference_session=; Path=\/; Max-Age=0;/);
    expect(sessions.open(false)).not.toContain(token);
  });
});
