import { describe, expect, it } from 'vitest';

import { Collector } from '../src/collector.js';

describe('a collector', () => {
  it('calls a hanging source once however often it is asked, and aborts its signal', async () => {
    let calls = 0;
    let signal: AbortSignal | undefined;
    let answer: (metrics: { a: number }) => void = () => {};
    const collector = new Collector((_, given) => {
      calls += 1;
      signal = given;
      return new Promise<{ a: number }>((resolve) => (answer = resolve));
    }, 10);
    await expect(collector.collect('m')).rejects.toThrow('no metrics within 10 ms');
    await expect(collector.collect('m')).rejects.toThrow('no metrics within 10 ms');
    expect(calls).toBe(1);
    expect(signal?.aborted).toBe(true);
    answer({ a: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    const next = collector.collect('m');
    expect(calls).toBe(2);
    answer({ a: 2 });
    expect(await next).toEqual({ a: 2 });
  });

  it('hands on what the source throws, asynchronously', async () => {
    const collector = new Collector(() => {
      throw new Error('down');
    }, 1000);
    await expect(collector.collect('m')).rejects.toThrow('down');
    await expect(collector.collect('m')).rejects.toThrow('down');
  });

  it('does not mix up models', async () => {
    const collector = new Collector(async (name) => ({ size: name.length }), 1000);
    expect(await Promise.all(['a', 'bb'].map((name) => collector.collect(name)))).toEqual([
      { size: 1 },
      { size: 2 },
    ]);
  });
});
