import { expect, it } from 'vitest';
import { startDeadMansSwitch } from '../../src/alerting/dead-mans-switch.js';

it('raises the alarm when no heartbeat has come for so long, and not while they come', async () => {
  const outside = await startDeadMansSwitch(400);
  const beat = () => fetch(outside.url, { method: 'POST' });
  for (let n = 0; n < 6; n += 1) {
    await beat();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const last = performance.now() - 100;
  expect(outside.beats).toBe(6);
  await expect.poll(() => outside.alarmAt, { timeout: 5000 }).not.toBeNull();
  expect(outside.alarmAt! - last).toBeGreaterThan(250);
  await outside.close();
});

it('waits for a first heartbeat', async () => {
  const outside = await startDeadMansSwitch(20);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(outside.alarmAt).toBeNull();
  await outside.close();
});
