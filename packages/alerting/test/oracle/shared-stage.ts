import fc from 'fast-check';
import { expect } from 'vitest';
import type { AlertStore } from '../../src/index.js';
import { VirtualClock } from '../../src/testing.js';
import { stories, unit, type Story } from './story.js';
import { tell } from './telling.js';

/** Chapters are told so far apart that no timer is due within the time that a call takes. */
const apartMillis = 3000;
/** All of them within a minute after a unit: what is held back is looked at every minute. */
const maxChapters = 18;

/**
 * Tells random stories to replicas whose clocks differ by seconds and jump, over a real store that they
 * share. `fresh` gives each replica its store; the offset takes the real time out of the store's clock
 * and puts the simulated in.
 */
export async function tellToReplicas(
  numRuns: number,
  fresh: (testOffsetMillis: () => number) => Promise<readonly AlertStore[]>,
): Promise<void> {
  let unclear = 0;
  await fc.assert(
    fc.asyncProperty(stories(maxChapters), async (story) => {
      const clock = new VirtualClock();
      const [begun, storeBegunAt] = [clock.now(), Date.now()];
      let slowest = 0;
      // It never goes down, so that the store's clock never goes back.
      let offset = 0;
      const stores = await fresh(() => {
        offset = Math.max(offset, clock.now() - begun - (Date.now() - storeBegunAt));
        return offset;
      });
      const timed = stores.map((store) =>
        clock.awaiting(timing(store, (took) => (slowest = Math.max(slowest, took)))),
      );
      try {
        await tell(withoutTies(story), { clock, stores: timed, storeBegunAt, apartMillis });
      } catch (error) {
        // A machine that stood still for so long has told another story.
        if (slowest < apartMillis / 4) throw error;
        unclear += 1;
      }
    }),
    { numRuns, endOnFailure: true },
  );
  expect(unclear).toBeLessThan(Math.max(2, numRuns / 2));
}

/**
 * Raises of one moment reach a real store one after the other, so that an expiry, counted from the last,
 * and a reminder, counted from the first, would be due together in no certain order.
 */
function withoutTies({ policies, chapters }: Story): Story {
  const later = (expireAfter: unknown) =>
    expireAfter === false ? false : Number(expireAfter) + unit / 4;
  return {
    policies: policies.map((policy) => ({ ...policy, expireAfter: later(policy.expireAfter) })),
    chapters,
  };
}

/** The store, and how long each call took. */
function timing(store: AlertStore, onCall: (tookMillis: number) => void): AlertStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...parameters: unknown[]): Promise<unknown> => {
        const begun = performance.now();
        try {
          return await (Reflect.apply(member, target, parameters) as Promise<unknown>);
        } finally {
          onCall(performance.now() - begun);
        }
      };
    },
  });
}
