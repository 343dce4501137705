import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskBounded } from '../src/mask.js';
import { maskText } from '../src/index.js';

describe('maskText', () => {
  it.each([
    ['an e-mail address', 'user jane.doe+x@example.co.uk is unknown', 'jane.doe'],
    ['an e-mail address beyond ASCII', 'an jörg@straße.de', 'jörg'],
    ['a card number', 'card 4111 1111 1111 1111 refused', '1111'],
    ['a card number without spaces', 'card=4111111111111111', '41111'],
    ['a social security number', 'the SSN is 123-45-6789.', '6789'],
    ['an IBAN', 'account DE89 3704 0044 0532 0130 00', '3704'],
    ['a telephone number', 'call +49 (30) 1234-5678', '1234'],
    ['a bearer token', 'Authorization: Bearer abcdef123456', 'abcdef'],
    ['basic credentials', 'header "Basic dXNlcjpwYXNz" refused', 'dXNlcjpwYXNz'],
    ['a JSON web token', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_def', 'eyJ'],
    ['an OpenAI key', 'Incorrect API key provided: sk-proj-abcd1234efgh5678.', 'abcd1234'],
    ['a shortened key', 'Incorrect API key provided: abcd***xyz.', 'abcd'],
    ['an Anthropic key', 'x-api-key sk-ant-api03-abcdefghij', 'abcdefghij'],
    ['a GitHub token', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'abcdef'],
    ['an AWS key', 'AKIAIOSFODNN7EXAMPLE', 'IOSFODNN'],
    ['a password in a URL', 'connect postgres://app:hunter22@db:5432/x', 'hunter22'],
    ['a password in a pair', 'retry with {"password": "hunter22"}', 'hunter22'],
    ['a key in a query', 'GET /v1?api_key=abc123def', 'abc123def'],
    [
      'a private key',
      'x -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- y',
      'MIIEow',
    ],
  ])('hides %s', (_, text, secret) => {
    expect(maskText(text)).not.toContain(secret);
    expect(maskText(text)).toMatch(/\[[A-Z]+\]/);
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:6379',
    'relation "compliance_mappings" does not exist',
    'timeout of 30000 ms exceeded at 2026-11-23T10:00:00.000Z',
    'order 4111 1111 1111 1112 is no card',
    'trace 4bf92f3577b34da6a3ce929d0e0e4736',
    'at run (file:///app/dist/main.js:123:45)',
    'id 123e4567-e89b-42d3-a456-426614174000',
    'max_tokens must be at least 1',
  ])('leaves %j as it is', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it('hides a social security number and an address wherever they stand', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 100, max: 899 }),
        fc.integer({ min: 10, max: 99 }),
        fc.integer({ min: 1000, max: 9999 }),
        (before, after, a, b, c) => {
          const ssn = `${a}-${b}-${c}`;
          expect(maskText(`${before} ${ssn} ${after}`)).not.toContain(` ${ssn} `);
          expect(maskText(`${before} a${c}@example.com ${after}`)).not.toContain(
            `a${c}@example.com`,
          );
        },
      ),
    );
  });

  it.each([
    'a',
    '1',
    ' 1',
    'a.',
    '@',
    'token=',
    '-----BEGIN PRIVATE KEY-----',
    'eyJa.',
    'A1',
    ':/',
  ])('takes bounded time for 200 000 characters of %j', (piece) => {
    const text = piece.repeat(200_000 / piece.length);
    const start = performance.now();
    maskBounded(text, 16_384);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('cuts a long text after the masking, so that no half of a secret is left', () => {
    const text = `${'x '.repeat(45)}4111 1111 1111 1111 and more`;
    expect(maskBounded(text, 100)).not.toContain('4111');
    expect(maskBounded('y'.repeat(101), 100)).toBe(`${'y'.repeat(100)}…`);
  });
});
