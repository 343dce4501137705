import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { valueOf } from './exposition.js';

it('sums up a cluster of four workers exactly', async () => {
  const script = fileURLToPath(new URL('./cluster-service.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  // Worker n counts n requests and observes n values.
  expect(valueOf(stdout, 'detector_requests_total', { tenant_id: 'shared' })).toBe(10);
  for (const n of [1, 2, 3, 4]) {
    expect(valueOf(stdout, 'detector_requests_total', { tenant_id: `worker ${n}` })).toBe(n);
  }
  expect(valueOf(stdout, 'model_inference_duration_seconds_count')).toBe(10);
  expect(valueOf(stdout, 'model_inference_duration_seconds_bucket', { le: '0.25' })).toBe(3);
  expect(valueOf(stdout, 'active_tenants_count')).toBe(4);
  expect(valueOf(stdout, 'own_total')).toBe(10);
}, 60_000);
