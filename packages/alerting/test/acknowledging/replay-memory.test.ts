import { describe, expect, it } from 'vitest';
import { ReplayMemory } from '../../src/acknowledging/replay-memory.js';

describe('a memory of requests', () => {
  it('knows what it saw, for a time', () => {
    const memory = new ReplayMemory(1000);
    memory.add('a', 0);
    expect([memory.has('a', 1000), memory.has('a', 1001), memory.has('b', 0)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('forgets the oldest when it is full', () => {
    const memory = new ReplayMemory(1000, 2);
    for (const key of ['a', 'b', 'a', 'c']) memory.add(key, 0);
    expect(['a', 'b', 'c'].map((key) => memory.has(key, 0))).toEqual([true, false, true]);
  });
});
