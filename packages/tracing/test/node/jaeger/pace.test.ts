import { describe, expect, it } from 'vitest';
import { Pace } from '../../../src/node/jaeger/pace.js';

async function timeOf(bytes: readonly number[], waitingBytes: number): Promise<number> {
  const pace = new Pace(65_000);
  const start = performance.now();
  for (const each of bytes) await pace.turn(each, waitingBytes);
  return performance.now() - start;
}

describe('a pace', () => {
  it('lets a first datagram pass at once', async () => {
    expect(await timeOf([65_000], 0)).toBeLessThan(15);
  });

  it('keeps to two megabytes a second', async () => {
    const millis = await timeOf([65_000, 65_000, 65_000, 65_000], 0);
    expect(millis).toBeGreaterThan(80);
  });

  it('goes faster the more waits', async () => {
    expect(await timeOf([65_000, 65_000, 65_000, 65_000], 20_000_000)).toBeLessThan(60);
  });
});
