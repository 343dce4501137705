import fc from 'fast-check';
import { expect, it } from 'vitest';
import { severities, type HistoryEntry } from '../../src/index.js';
import { unraisedAlert } from '../../src/lifecycle.js';
import { appendLine, historyPage, type MemoryHistory } from '../../src/memory/memory-history.js';
import { testRaise } from '../../src/testing/commands.js';

it('gives back the latest lines as they were appended, in pages of any size', () => {
  const stance = fc.record({
    episode: fc.integer({ min: 1, max: 3 }),
    status: fc.constantFrom('firing', 'acknowledged', 'resolved'),
    severity: fc.constantFrom(...severities),
    escalationLevel: fc.integer({ min: 1, max: 10 }),
  });
  const pageSize = fc.integer({ min: 1, max: 7 });
  fc.assert(
    fc.property(fc.array(stance), pageSize, pageSize, (stances, maxLines, limit) => {
      const history: MemoryHistory = { latest: null };
      const expected: HistoryEntry[] = [];
      const state = unraisedAlert(testRaise('a'));
      for (const [at, { episode, ...rest }] of stances.entries()) {
        Object.assign(state, rest);
        const cause = { kind: 'raise' } as const;
        appendLine(history, state, { at, event: 'firing', cause, episode }, maxLines);
        expected.unshift({ at, event: 'firing', cause, episode, ...rest });
      }
      const found: HistoryEntry[] = [];
      let below: string | null = 'Infinity';
      while (below !== null) {
        const page = historyPage(history, { limit, cursor: null }, Number(below));
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items);
        below = page.cursor;
      }
      expect(found).toEqual(expected.slice(0, maxLines));
    }),
  );
});
