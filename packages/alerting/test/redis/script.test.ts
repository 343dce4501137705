import { expect, it } from 'vitest';
import { scripts } from '../../src/redis/script.js';

it('has one script for each method, each of what it needs only', () => {
  expect([...scripts.keys()].sort()).toEqual([
    'active',
    'advance',
    'change',
    'claim',
    'erase',
    'get',
    'history',
    'occurrences',
    'raise',
    'renew',
    'settle',
    'silence',
    'silences',
    'stats',
    'unsilence',
    'unwatch',
    'watch',
  ]);
  expect(scripts.get('get')!.text).not.toContain('raiseAlert');
  expect(scripts.get('raise')!.text).not.toContain('eraseAlert');
  expect(new Set([...scripts.values()].map(({ digest }) => digest)).size).toBe(scripts.size);
});

it('uses nothing that no source defines', () => {
  for (const [method, { text }] of scripts) {
    const used = new Set([...text.matchAll(/\bour\.(\w+)/g)].map(([, name]) => name));
    const set = new Set([...text.matchAll(/(?:\bour\.|^)(\w+) = /gm)].map(([, name]) => name));
    expect(
      [...used].filter((name) => !set.has(name)),
      method,
    ).toEqual([]);
  }
});
