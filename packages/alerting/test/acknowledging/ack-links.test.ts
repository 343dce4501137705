import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckLinks, AlertingConfigError, type AckLinksOptions } from '../../src/index.js';

const secret = 's'.repeat(32);
const baseUrl = 'https://alerts.example.com/acknowledge';
const queryOf = (link: string) => new URL(link).searchParams;

describe('a signed link', () => {
  it('names one action on one episode of one alert, until it expires', () => {
    let now = 1_000_000;
    const links = new AckLinks({ secret, baseUrl, validFor: '1h', clock: { now: () => now } });
    const link = links.link({ id: 'k{service="a&b"}', episode: 3 }, 'resolve');
    expect(link.startsWith(`${baseUrl}?alert=`)).toBe(true);
    const claim = { alertId: 'k{service="a&b"}', episode: 3, action: 'resolve', expires: 4600 };
    expect(links.verify(queryOf(link))).toEqual({ kind: 'valid', claim });
    now += 3_600_000;
    expect(links.verify(queryOf(link))).toEqual({ kind: 'expired', claim });
  });

  it('is forged when anything in it was changed, left out or added twice', () => {
    const links = new AckLinks({ secret, baseUrl });
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (id, episode) => {
        const query = queryOf(links.link({ id, episode }));
        expect(links.verify(query).kind).toBe('valid');
        for (const [name, value] of query) {
          const other = new URLSearchParams(query);
          other.set(name, name === 'episode' || name === 'expires' ? `${value}1` : `${value}x`);
          expect(links.verify(other)).toEqual({ kind: 'forged' });
          other.delete(name);
          expect(links.verify(other)).toEqual({ kind: 'forged' });
        }
        const acted = new URLSearchParams(query);
        acted.set('action', 'resolve');
        expect(links.verify(acted)).toEqual({ kind: 'forged' });
      }),
    );
  });

  it('of another secret is forged; an old secret verifies while it is listed', () => {
    const old = new AckLinks({ secret, baseUrl });
    const fresh = 'f'.repeat(32);
    const query = queryOf(old.link({ id: 'k', episode: 1 }));
    expect(new AckLinks({ secret: fresh, baseUrl }).verify(query).kind).toBe('forged');
    expect(new AckLinks({ secret: [fresh, secret], baseUrl }).verify(query).kind).toBe('valid');
  });

  it.each<[Partial<AckLinksOptions>, string]>([
    [{ secret: 'short' }, 'secret: must be a secret of at least 32 characters'],
    [{ secret: [] }, 'secret: must be at least one secret'],
    [{ secret: [secret, 'short'] }, 'secret[1]: must be a secret'],
    [{ baseUrl: 'nonsense' }, 'baseUrl: must be a URL, got "nonsense"'],
    [{ baseUrl: 'ftp://a.example' }, 'baseUrl: must be http or https, got "ftp:"'],
    [{ baseUrl: 'https://a.example/?a=1' }, 'baseUrl: must have no user, password, query'],
    [{ validFor: '0s' }, 'validFor'],
  ])('is refused at construction when it cannot work: %j', (options, message) => {
    const make = () => new AckLinks({ secret, baseUrl, ...options });
    expect(make).toThrow(AlertingConfigError);
    expect(make).toThrow(message);
    expect(make).not.toThrow('short');
  });
});
