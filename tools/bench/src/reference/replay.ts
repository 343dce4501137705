/** Replays a trace against the reference app and judges what came of it: `npm run replay:reference -- --help`. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { startPostgres } from 'test-services';
import { runCommand, textOption, whole } from '../command-line.js';
import { grouped, median } from '../figures.js';
import { RunningService, type LogLine } from './running-service.js';
import { withoutDisk } from './without-disk.js';

const leastWindows = 300;
/** What is kept at the end may be so many times of what was kept after two fifths, when every buffer of the app is full. */
const mostGrowth = 1.05;
/** The same of what is resident: a heap that is let grow is collected less often. */
const mostResidentGrowth = 1.15;
const sampleMillis = 1000;

interface Progress {
  readonly sent: number;
  /** How many there will be. */
  readonly total: number | null;
  readonly answered: number;
  readonly failed: number;
  readonly latestMillis: number;
}

await runCommand(
  {
    usage: 'npm run replay:reference --',
    summary:
      'Replays the arrivals of a trace against the reference app with a fresh Postgres, while nothing is broken:\n' +
      'no alert may fire, no request fail, every request has to be in the database, memory has to stay.',
    options: {
      trace: textOption('', 'CSV with a TIMESTAMP column (default: none, it has to be given)'),
      texts: textOption('', 'JSON lines with a "text" (default: the built-in texts)'),
      speed: whole(4, { min: 1, max: 1000, help: 'times faster than the trace' }),
    },
  },
  async ({ trace, texts, speed }) => {
    if (trace === '') throw new Error('--trace FILE is needed');
    const postgres = await startPostgres({ settings: withoutDisk });
    const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
    // The server may end before the last connection has closed.
    pool.on('error', () => undefined);
    const seen: { traffic?: Progress; finished: boolean } = { finished: false };
    const errors: LogLine[] = [];
    const service = await RunningService.start(
      ['--trace', trace, ...(texts === '' ? [] : ['--texts', texts]), '--speed', String(speed)],
      {
        env: { DATABASE_URL: postgres.url },
        heapProbe: true,
        onLine: (line) => {
          if (line['level'] === 'error') errors.push(line);
          if (!String(line['message']).startsWith('traffic ')) return;
          if (line['message'] === 'traffic failed') throw new Error(String(line['reason']));
          seen.traffic = line as unknown as Progress;
          seen.finished = line['message'] === 'traffic finished';
        },
      },
    );
    try {
      console.log(`replaying ${trace} ${speed} times faster at ${service.url}/`);
      const memory: number[] = [];
      /** After each fifth of the requests. */
      const kept: number[] = [];
      let trained: Map<string, number> | undefined;
      for (let second = 0; !seen.finished; second += 1) {
        await setTimeout(sampleMillis);
        memory.push(service.residentBytes());
        const { sent, total } = seen.traffic ?? { sent: 0, total: null };
        if (total !== null && sent >= (total * (kept.length + 1)) / 5) {
          kept.push(await service.keptBytes());
        }
        const models = await service.models();
        // Counted from the first window on that every detector's whole baseline is there for.
        if (models.every(({ windowsTrained }) => windowsTrained >= 60)) {
          trained ??= new Map(models.map((model) => [model.modelName, model.windowsScored]));
        }
        if (second % 60 === 0) console.log(progressLine(second, seen.traffic, memory, models));
      }
      const [models, { history }] = [await service.models(), await service.alerts()];
      const scored = models.map(
        ({ modelName, windowsScored }) => windowsScored - (trained?.get(modelName) ?? NaN),
      );
      const flagged = models.reduce((sum, { windowsAnomalous }) => sum + windowsAnomalous, 0);
      const firing = history.filter(({ event }) => event === 'firing');
      const { sent = 0, answered = 0, failed = 0, latestMillis = 0 } = seen.traffic ?? {};

      // The detectors' rows are written once a second.
      await setTimeout(2500);
      const calls = await countsOf(pool, 'select model as name, count(*)::int from model_calls group by 1'); // prettier-ignore
      const rows = await countsOf(pool, `select 'rows' as name, count(*)::int from compliance_mappings`); // prettier-ignore
      const expected = await expectedMappings(service, texts, sent);

      const fifth = Math.floor(memory.length / 5);
      const early = median(memory.slice(fifth, 2 * fifth));
      const late = median(memory.slice(-fifth));
      const claims: [string, boolean, string][] = [
        [
          `at least ${leastWindows} windows scored after training`,
          Math.min(...scored) >= leastWindows,
          models.map(({ modelName }, index) => `${modelName} ${String(scored[index])}`).join(', '),
        ],
        [
          'no alert',
          history.length === 0,
          `${firing.length} alerts; ${flagged} windows were flagged of ${grouped(models.reduce((sum, { windowsScored }) => sum + windowsScored, 0))}`,
        ],
        [
          'no error',
          failed === 0 && answered === sent && errors.length === 0,
          `${grouped(sent)} sent, ${grouped(answered)} answered with 200, ${failed} failed, ${errors.length} lines of level error; at most ${latestMillis} ms sent late`,
        ],
        [
          'every request is in the database, by each detector',
          models.every(({ modelName }) => calls.get(modelName) === sent),
          [...calls].map(([name, count]) => `${name} ${grouped(count)}`).join(', '),
        ],
        [
          'every mapping is in the database',
          rows.get('rows') === expected,
          `${grouped(rows.get('rows') ?? 0)} rows of ${grouped(expected)}`,
        ],
        [
          `memory in use after a garbage collection stays: at the end at most ${mostGrowth} times that after two fifths`,
          (kept.at(-1) ?? NaN) <= (kept[1] ?? NaN) * mostGrowth,
          `${kept.map((bytes) => megabytes(bytes, 1)).join(', ')} after each fifth of the requests`,
        ],
        [
          `resident memory, with what V8 has taken and not yet given back: the last fifth at most ${mostResidentGrowth} times the second fifth`,
          late <= early * mostResidentGrowth,
          `start ${megabytes(memory[0])}, second fifth ${megabytes(early)}, middle ${megabytes(memory[Math.floor(memory.length / 2)])}, last fifth ${megabytes(late)}, end ${megabytes(memory.at(-1))}, most ${megabytes(Math.max(...memory))}`,
        ],
      ];
      for (const [claim, holds, seen] of claims) {
        console.log(`${holds ? 'holds ' : 'FAILED'}  ${claim}: ${seen}`);
      }
      for (const line of errors.slice(0, 5)) console.log(JSON.stringify(line));
      return claims.every(([, holds]) => holds);
    } finally {
      await service.stop();
      await pool.end();
      await postgres.stop();
    }
  },
);

function progressLine(
  second: number,
  traffic: Progress | undefined,
  memory: readonly number[],
  models: Awaited<ReturnType<RunningService['models']>>,
): string {
  const states = models.map(
    ({ modelName, status, windowsScored, windowsAnomalous }) =>
      `${modelName} ${status} (${windowsScored} scored, ${windowsAnomalous} flagged)`,
  );
  return `${String(second).padStart(5)} s  ${grouped(traffic?.sent ?? 0)} sent, ${traffic?.failed ?? 0} failed, ${megabytes(memory.at(-1))}; ${states.join(', ')}`;
}

function megabytes(bytes: number | undefined, digits = 0): string {
  return `${((bytes ?? NaN) / 1e6).toFixed(digits)} MB`;
}

async function countsOf(pool: pg.Pool, sql: string): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ name: string; count: number }>(sql);
  return new Map(rows.map(({ name, count }) => [name, count]));
}

/**
 * How many rows the requests have to have left: each text is asked once more for how many it gives. The clients send the
 * texts in turn, as `apps/reference/src/traffic/sender.ts` does.
 */
async function expectedMappings(
  service: RunningService,
  file: string,
  sent: number,
): Promise<number> {
  const path = file || new URL('../../../../apps/reference/data/corpus.jsonl', import.meta.url);
  const texts = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => (JSON.parse(line) as { text: string }).text);
  let total = 0;
  for (const [index, text] of texts.entries()) {
    const times = Math.floor(sent / texts.length) + (index < sent % texts.length ? 1 : 0);
    const { mappings } = (await service.post('/map', { text })) as { mappings: unknown[] };
    total += times * mappings.length;
  }
  return total;
}
