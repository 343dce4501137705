import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SharedScrape } from '../src/shared-scrape.js';

const line = `${'x'.repeat(65_535)}\n`;

async function* source(chunks: number, onChunk: (i: number) => void = () => {}) {
  for (let i = 0; i < chunks; i++) {
    onChunk(i);
    yield line;
    await new Promise(setImmediate);
  }
}

async function all(scrape: SharedScrape): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of scrape.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a shared scrape', () => {
  it.each([false, true])('gives every reader all of it (gzip: %s)', async (gzip) => {
    const scrape = new SharedScrape(source(400), gzip);
    const read = await Promise.all([all(scrape), all(scrape), all(scrape)]);
    for (const bytes of read) {
      expect((gzip ? gunzipSync(bytes) : bytes).length).toBe(400 * line.length);
    }
  });

  it('does not run far ahead of its fastest reader, nor wait for the slowest', async () => {
    let written = 0;
    const scrape = new SharedScrape(
      source(400, (i) => (written = i)),
      false,
    );
    const fast = scrape.read();
    const slow = scrape.read();
    await slow.next();
    for (let i = 0; i < 300; i++) await fast.next();
    for (let i = 0; i < 100; i++) await new Promise(setImmediate);
    expect(written).toBeLessThan(340);
    await fast.return();
    let rest = 1;
    for await (const chunk of slow) rest += chunk.length / line.length;
    expect(rest).toBe(400);
  });

  it('goes on for the others when one leaves, and to its end when all do', async () => {
    const scrape = new SharedScrape(source(400), false);
    const [stays, leaves] = [all(scrape), scrape.read()];
    await leaves.next();
    await leaves.return();
    expect((await stays).length).toBe(400 * line.length);
    const left = new SharedScrape(source(400), false);
    const reader = left.read();
    await reader.next();
    await reader.return();
    await left.whenOver;
    expect(left.isJoinable).toBe(false);
  });

  it.each([false, true])(
    'fails for every reader when its source fails (gzip: %s)',
    async (gzip) => {
      const scrape = new SharedScrape(
        source(3, (i) => {
          if (i === 2) throw new Error('half way');
        }),
        gzip,
      );
      const read = [all(scrape), all(scrape)];
      for (const one of read) await expect(one).rejects.toThrow('half way');
    },
  );
});
