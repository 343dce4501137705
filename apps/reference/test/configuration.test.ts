import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../src/configuration.js';

describe('readConfiguration', () => {
  it('listens on loopback at 3000 with built-in traffic when nothing is said', () => {
    expect(readConfiguration([], {})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      allowFaults: false,
      windowMillis: 1000,
      traffic: { trace: undefined, texts: undefined, speed: 4 },
    });
  });

  it('sends no traffic when told so', () => {
    expect(readConfiguration(['--no-traffic'], {}).traffic).toBeUndefined();
  });

  it.each<[string, string[], NodeJS.ProcessEnv]>([
    ['"99999"', [], { PORT: '99999' }],
    ['"3000x"', [], { PORT: '3000x' }],
    ['"0"', ['--speed', '0'], {}],
    ['"fast"', ['--speed', 'fast'], {}],
    ['"12"', ['--training', '12'], {}],
    ['--tracee', ['--tracee', 'x'], {}],
    ['"mysql://"', [], { DATABASE_URL: 'mysql://u:secret@h/d' }],
    ['REDIS_URL', [], { REDIS_URL: 'localhost:6379' }],
    ['OPENAI_MODEL', [], { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }],
    ['AUTH_TOKEN', [], { HOST: '0.0.0.0' }],
    ['AUTH_TOKEN has 5 characters', [], { HOST: '0.0.0.0', AUTH_TOKEN: 'short' }],
  ])('refuses bad values and names %s', (named, args, env) => {
    expect(() => readConfiguration(args, env)).toThrow(named);
  });

  const tokens = { AUTH_TOKEN: 'a-token-of-the-operators' };
  const acme = 'acme=a-token-of-acme-only';
  it.each<[string, NodeJS.ProcessEnv]>([
    ['TENANT_TOKENS is set and AUTH_TOKEN is not', { TENANT_TOKENS: acme }],
    ['TENANT_TOKENS names the tenant "a b"', { ...tokens, TENANT_TOKENS: 'a b=0123456789abcdef' }],
    ['TENANT_TOKENS names the tenant ""', { ...tokens, TENANT_TOKENS: `${acme},` }],
    [
      'TENANT_TOKENS gives "acme" a token of 5 characters: it takes at least 16',
      { ...tokens, TENANT_TOKENS: 'acme=short' },
    ],
    [
      'TENANT_TOKENS names the tenant "acme" twice',
      { ...tokens, TENANT_TOKENS: `${acme},acme=another-token-of-acme` },
    ],
    [
      'TENANT_TOKENS gives "globex" a token that somebody else has',
      { ...tokens, TENANT_TOKENS: `${acme},globex=a-token-of-acme-only` },
    ],
    [
      'TENANT_TOKENS gives "acme" a token that somebody else has',
      { ...tokens, TENANT_TOKENS: `acme=${tokens.AUTH_TOKEN}` },
    ],
    ...['proxy.example', '10.0.0.0/33', '::1/129', '10.0.0.0/', '10.0.0.0/-1', ' 10.0.0.1', ''].map(
      (bad): [string, NodeJS.ProcessEnv] => [
        `TRUST_PROXY has "${bad}": it takes addresses and networks, such as 10.0.0.0/8`,
        { TRUST_PROXY: `127.0.0.1,${bad}` },
      ],
    ),
    ...(
      [
        ['RATE_LIMIT_CLIENT', '-1', 'from 0 to 10000000'],
        ['RATE_LIMIT_TENANT', 'many', 'from 0 to 10000000'],
        ['RATE_LIMIT_LOGIN', '1.5', 'from 0 to 10000000'],
        ['MAX_BODY_BYTES', '1023', 'from 1024 to 67108864'],
        ['MAX_TEXT_CHARACTERS', '0', 'from 1 to 10000000'],
        ['MAX_BATCH_ITEMS', '10001', 'from 1 to 10000'],
        ['MAX_STREAMS', ' ', 'from 1 to 10000'],
      ] as const
    ).map(([name, bad, range]): [string, NodeJS.ProcessEnv] => [
      `${name} is "${bad}": it takes a whole number ${range}`,
      { [name]: bad },
    ]),
  ])('refuses what limits and tokens cannot be: %s', (message, env) => {
    expect(() => readConfiguration([], env)).toThrow(message);
  });

  it('takes tokens of tenants, proxies and limits', () => {
    expect(
      readConfiguration([], {
        ...tokens,
        TENANT_TOKENS: `${acme},globex=with=signs=of=equality`,
        TRUST_PROXY: '127.0.0.1,10.0.0.0/8,2001:db8::/32',
        RATE_LIMIT_CLIENT: '0',
        MAX_STREAMS: '7',
      }),
    ).toMatchObject({
      tenantTokens: new Map([
        ['acme', 'a-token-of-acme-only'],
        ['globex', 'with=signs=of=equality'],
      ]),
      trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'],
      limits: { clientRequests: 0, tenantRequests: 6000, logins: 10, streams: 7 },
    });
    // Of this machine alone, which nobody else can fill.
    expect(readConfiguration([], {}).limits).toMatchObject({
      clientRequests: 0,
      tenantRequests: 0,
    });
  });

  it.each([acme, `acme=${tokens.AUTH_TOKEN}`])('does not repeat a token in an error', (text) => {
    const twice = { ...tokens, TENANT_TOKENS: `${text},${text}` };
    expect(() => readConfiguration([], twice)).toThrow(/^TENANT_TOKENS (?!.*a-token-of)/);
  });

  it('does not repeat a password in an error', () => {
    expect(() => readConfiguration([], { DATABASE_URL: 'mysql://u:secret@h/d' })).not.toThrow(
      'secret',
    );
  });
});
