import { afterEach, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.js';

afterEach(() => void vi.useRealTimers());

it('calls once after the delay, also when it is longer than a timer can be', async () => {
  vi.useFakeTimers();
  const call = vi.fn();
  const delay = 40 * 86_400_000;
  systemClock.schedule(call, delay);
  await vi.advanceTimersByTimeAsync(delay - 1);
  expect(call).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(delay);
  expect(call).toHaveBeenCalledTimes(1);
});

it('is not called once cancelled, in any piece of its sleep', async () => {
  vi.useFakeTimers();
  const call = vi.fn();
  const cancel = systemClock.schedule(call, 100_000);
  await vi.advanceTimersByTimeAsync(70_000);
  cancel();
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(call).not.toHaveBeenCalled();
});

it('notices within half a minute that the machine slept past the time', async () => {
  vi.useFakeTimers();
  const call = vi.fn();
  systemClock.schedule(call, 3_600_000);
  vi.setSystemTime(Date.now() + 7_200_000);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(call).toHaveBeenCalledTimes(1);
});

it('waits no longer when the clock is set back', async () => {
  vi.useFakeTimers();
  const call = vi.fn();
  systemClock.schedule(call, 90_000);
  vi.setSystemTime(Date.now() - 86_400_000);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(call).toHaveBeenCalledTimes(1);
});
