import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startPostgres } from 'test-services';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { type AnomalyReport, ModelPerformanceMonitor, type MonitorStats } from '../src/index.js';
import { seededRandom } from '../src/seeded-random.js';
import { normalService, windows } from './service.js';

type Told =
  | { readonly resumedAt: number }
  | { readonly name: string; readonly index: number; readonly report: AnomalyReport }
  | { readonly stats: MonitorStats };

const directory = mkdtempSync(join(tmpdir(), 'anomaly-kill-'));
let postgresUrl = '';

beforeAll(async () => {
  postgresUrl = (await startPostgres()).url;
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const names = ['mapper', 'guard "2"'];
/** Windows with faults of several lengths, and some without a metric. */
const stream = windows(normalService('spiky', 31), 900).map((window, index) => ({
  at: index * 300_000,
  metrics: {
    ...window,
    ...(index % 150 > 140 ? { error_rate: 0.4 } : {}),
    ...(index > 600 && index < 690 ? { inference_latency: 8 * window.inference_latency } : {}),
    ...(index % 97 === 60 ? { throughput: undefined } : {}),
  },
}));

const stores: [string, () => object][] = [
  ['a file', () => ({ file: join(directory, 'monitor.jsonl') })],
  ['Postgres', () => ({ postgres: { url: postgresUrl, monitor: `killed-${process.pid}` } })],
];

it.each(stores)(
  'a process that is killed (SIGKILL) over and over while it saves to %s reports what one that ran through does',
  async (_, store) => {
    const straight = new ModelPerformanceMonitor({ clock: { now: () => 0 } });
    const expected = stream.map(({ at, metrics }) =>
      names.map((name) => straight.observe(name, metrics, at)),
    );
    const job = join(directory, 'job.json');
    writeFileSync(job, JSON.stringify({ names, stream, ...store() }));
    const random = seededRandom(5);
    const resumed: number[] = [];
    const reported = new Map<string, AnomalyReport[]>();
    let kills = 0;
    let stats: MonitorStats | undefined;
    while (stats === undefined) {
      const child = fork(new URL('./fixtures/observed-service.js', import.meta.url), [job]);
      const killAt = kills < 8 ? 40 + 90 * kills + Math.floor(60 * random()) : Infinity;
      let isDoomed = false;
      child.on('message', (told: Told) => {
        if ('resumedAt' in told) resumed.push(told.resumedAt);
        if ('stats' in told) stats = told.stats;
        if (!('report' in told)) return;
        reported.set(`${told.name} ${told.index}`, [
          ...(reported.get(`${told.name} ${told.index}`) ?? []),
          told.report,
        ]);
        if (told.index < killAt || isDoomed) return;
        isDoomed = true;
        // Some time later, so that it falls anywhere within observing and saving.
        void wait(4 * random()).then(() => child.kill('SIGKILL'));
      });
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
      if (signal === 'SIGKILL') kills += 1;
      else expect(code).toBe(0);
    }
    expect(kills).toBe(8);
    expect(resumed[0]).toBe(0);
    // Each one went on from what the ones before had saved, not from the beginning.
    expect(resumed).toEqual([...resumed].sort((a, b) => a - b));
    expect(resumed.at(-1)).toBeGreaterThan(500);
    for (const [index, reports] of expected.entries()) {
      for (const [which, report] of reports.entries()) {
        const all = reported.get(`${names[which]!} ${index}`) ?? [];
        // One for each life in which it was observed, all of them the same.
        expect(all.length).toBeGreaterThan(0);
        for (const one of all) expect(one).toEqual(report);
      }
    }
    expect(straight.stats().reports.anomaly_detected).toBeGreaterThan(50);
    expect(stats.findings).toBe(straight.stats().findings);
    expect(readdirSync(directory).sort()).toEqual(['job.json', 'monitor.jsonl']);
  },
  120_000,
);
