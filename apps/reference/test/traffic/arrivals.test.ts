import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtInArrivals, readTrace } from '../../src/traffic/arrivals.js';

const scratch = mkdtempSync(join(tmpdir(), 'arrivals-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

describe('builtInArrivals', () => {
  it('has the mean gap and the variation of the real hour', () => {
    const gaps: number[] = [];
    let last = 0;
    for (const at of builtInArrivals()) {
      gaps.push(at - last);
      last = at;
      if (gaps.length > 200_000) break;
    }
    const mean = last / (gaps.length - 1);
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(mean / 181).toBeCloseTo(1, 1);
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1.09, 1);
  });
});

describe('readTrace', () => {
  it('gives milliseconds since the first request, in order', async () => {
    const trace = file(
      'good.csv',
      'A,TIMESTAMP\n1,2023-11-16 18:15:46.6805900\n2,2023-11-16 18:15:50.9951690\n3,2023-11-16 18:15:48.0\n',
    );
    expect(await readTrace(trace)).toEqual([0, 1320, 4315]);
  });

  it('names what it cannot read', async () => {
    await expect(readTrace(file('no.csv', 'a,b\n'))).rejects.toThrow('no TIMESTAMP column');
    await expect(readTrace(file('bad.csv', 'TIMESTAMP\nyesterday\n'))).rejects.toThrow(
      'bad.csv:2 has no time: "yesterday"',
    );
    await expect(readTrace(file('empty.csv', 'TIMESTAMP\n'))).rejects.toThrow('no requests');
    await expect(readTrace(join(scratch, 'none.csv'))).rejects.toThrow('ENOENT');
  });
});
