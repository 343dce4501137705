import fc from 'fast-check';
import { describe, it } from 'vitest';
import { MemoryStore } from '../src/index.js';
import { VirtualClock } from '../src/testing.js';
import { stories } from './oracle/story.js';
import { tell } from './oracle/telling.js';

describe('whatever happens to alerts under whatever policies', () => {
  it('status, level, severity, who is told of what, what is held back and what is pending are as the oracle says', async () => {
    await fc.assert(
      fc.asyncProperty(stories(40), async (story) => {
        const clock = new VirtualClock();
        const store = new MemoryStore({ clock, maxHistoryPerAlert: 10_000 });
        await tell(story, { clock, stores: [store], storeBegunAt: clock.now(), apartMillis: 0 });
      }),
      { numRuns: Number(process.env['ORACLE_RUNS'] ?? 150) },
    );
  }, 600_000);
});
