import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/testing.js';

describe('a virtual clock', () => {
  it('calls back in order of time, then of asking, and never what was cancelled', async () => {
    const delay = fc.record({ delay: fc.nat(50), cancelled: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(delay, { maxLength: 40 }), fc.nat(60), async (asked, passed) => {
        const clock = new VirtualClock(1000);
        const called: [at: number, place: number][] = [];
        for (const [place, { delay, cancelled }] of asked.entries()) {
          const cancel = clock.schedule(() => called.push([clock.now(), place]), delay);
          if (cancelled) cancel();
        }
        await clock.advance(passed);
        const expected = asked
          .map(({ delay, cancelled }, place) => ({ delay, cancelled, place }))
          .filter((one) => !one.cancelled && one.delay <= passed)
          .sort((a, b) => a.delay - b.delay)
          .map(({ delay, place }) => [1000 + delay, place]);
        expect(called).toEqual(expected);
        expect(clock.now()).toBe(1000 + passed);
      }),
    );
  });

  it('lets each finish before the next, however often it gives others a turn', async () => {
    const clock = new VirtualClock(0);
    const lines: string[] = [];
    const work = async (name: string): Promise<void> => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      lines.push(`${name} at ${clock.now()}`);
    };
    clock.schedule(() => void work('first'), 10);
    clock.schedule(() => void work('second'), 20);
    await clock.advance(15);
    expect(lines).toEqual(['first at 10']);
    await clock.advance(5);
    expect(lines).toEqual(['first at 10', 'second at 20']);
  });

  it('stands still while what it awaits is under way, function or object', async () => {
    const clock = new VirtualClock(0);
    class Slow {
      readonly #millis = 30;
      async work(): Promise<number> {
        await sleep(this.#millis);
        return clock.now();
      }
    }
    const slow = clock.awaiting(new Slow());
    const fails = clock.awaiting(async () => {
      await sleep(30);
      throw new Error(`at ${clock.now()}`);
    });
    const seen: unknown[] = [];
    clock.schedule(() => void slow.work().then((at) => seen.push(at)), 10);
    clock.schedule(
      () => void fails().catch((error: unknown) => seen.push((error as Error).message)),
      20,
    );
    clock.schedule(() => seen.push('last'), 20);
    await clock.advance(1000);
    expect(seen).toEqual([10, 'at 20', 'last']);
  });

  it('that jumps ahead makes overdue what waits, and set back keeps every wait as long', async () => {
    const clock = new VirtualClock(0);
    const called: number[] = [];
    clock.schedule(() => called.push(clock.now()), 100);
    clock.jump(-50);
    await clock.advance(99);
    expect(called).toEqual([]);
    await clock.advance(1);
    expect(called).toEqual([50]);
    clock.schedule(() => called.push(clock.now()), 100);
    clock.jump(500);
    await clock.advance(0);
    expect(called).toEqual([50, 550]);
  });

  it('goes on beside somebody who never comes to rest', async () => {
    const clock = new VirtualClock(0);
    let restless = true;
    const turn = (): void => {
      if (restless) setImmediate(turn);
    };
    turn();
    await clock.advance(1);
    restless = false;
    expect(clock.now()).toBe(1);
  });
});
