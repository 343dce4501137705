import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signWebhook, verifyWebhook } from '../../src/index.js';

const now = 1_800_000_000_000;
const proof = {
  secret: 'k',
  body: '{"a":1}',
  timestamp: '1800000000',
  signature: signWebhook('k', 1_800_000_000, '{"a":1}'),
  now,
};

describe('a webhook signature', () => {
  it('is the HMAC-SHA-256 of time and body', () => {
    const digest = createHmac('sha256', 'k').update('1800000000.{"a":1}').digest('hex');
    expect(proof.signature).toBe(`v1=${digest}`);
    expect(verifyWebhook(proof)).toBe(true);
  });

  it.each([
    ['forged', { signature: `v1=${'0'.repeat(64)}` }],
    ['of another secret', { secret: 'other' }],
    ['of another body', { body: '{"a":2}' }],
    ['of another time', { timestamp: '1800000001' }],
    ['stale', { now: now + 301_000 }],
    ['from the future', { now: now - 301_000 }],
    ['missing', { signature: undefined }],
    ['without a time', { timestamp: undefined }],
    ['with a time that is none', { timestamp: 'NaN' }],
    ['cut short', { signature: proof.signature.slice(0, -1) }],
  ])('%s is refused', (_, change) => {
    expect(verifyWebhook({ ...proof, ...change })).toBe(false);
  });
});
