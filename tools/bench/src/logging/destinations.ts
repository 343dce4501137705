/** Prints what a burst costs whose destination is in trouble: `npm run bench:logging-destinations -- --help`. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whole } from '../command-line.js';
import { grouped, median } from '../figures.js';
import { answerOf } from '../fresh-process.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import {
  lossToldIn,
  troubles,
  type Trouble,
  type TroubleJob,
  type TroubleResult,
} from './destinations-process.js';

const script = fileURLToPath(new URL('./destinations-process.js', import.meta.url));

function start(job: TroubleJob): ChildProcess {
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  const args = ['--expose-gc', script, JSON.stringify(job)];
  if (job.trouble !== 'a full disk, then room' && job.trouble !== 'no descriptor left') {
    return fork(script, args.slice(2), { execArgv: ['--expose-gc'], stdio: [...stdio] });
  }
  // 1 MiB of a file, and 64 descriptors.
  const limit = job.trouble === 'no descriptor left' ? 'ulimit -n 64' : 'ulimit -f 2048';
  return spawn('sh', ['-c', `${limit} && exec "$0" "$@"`, process.execPath, ...args], {
    stdio: [...stdio],
  });
}

async function run(
  trouble: Trouble,
  lines: number,
  maxBufferBytes: number,
): Promise<TroubleResult> {
  const folder = mkdtempSync(join(tmpdir(), 'log-trouble-'));
  const path = join(folder, 'app.log');
  const child = start({ trouble, path, lines, maxBufferBytes });
  const piped: Buffer[] = [];
  const read = (): void => void child.stdout?.on('data', (data: Buffer) => piped.push(data));
  try {
    if (trouble === 'a pipe without reader') {
      await new Promise((resolve) => child.once('message', resolve));
      child.stdout?.destroy();
      child.send({});
    } else if (trouble === 'a pipe, read later') {
      // It reads its warm-up, or there would be no room for the burst at all.
      child.stdout?.once('data', (data: Buffer) => {
        piped.push(data);
        child.stdout?.pause();
      });
      await new Promise((resolve) => child.once('message', resolve));
      read();
      child.stdout?.resume();
    }
    const ended = new Promise((resolve) => child.once('close', resolve));
    const result = await answerOf<TroubleResult>(child);
    await ended;
    const text = existsSync(path) ? readFileSync(path) : Buffer.concat(piped);
    return { ...result, told: result.told + lossToldIn(text.toString()) };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

function reportTrouble(
  report: FigureReport,
  trouble: Trouble,
  outcomes: readonly TroubleResult[],
): void {
  const name = trouble.replace(/^an? /, '').replaceAll(/\W+/g, '-');
  const add = (
    what: string,
    unit: string,
    of: (outcome: TroubleResult) => number,
    rest: object = {},
  ) =>
    report.add(`${name}.${what.split(' ')[0] ?? ''}`, {
      what: `${trouble}: ${what}`,
      by: '@llm/logging',
      unit,
      digits: 0,
      values: outcomes.map(of),
      ...rest,
    });
  add('grown by at most', 'MB', ({ grownBytes }) => grownBytes / 2 ** 20, { better: 'lower' });
  add('burst held the process up for', 'ms', ({ burstMillis }) => burstMillis, { clock: 'wall' });
  add('written', 'lines', ({ atEnd }) => atEnd.written);
  add('dropped', 'lines', ({ atEnd }) => atEnd.dropped);
}

await runSuiteCommand(
  {
    usage: 'npm run bench:logging-destinations --',
    summary:
      'A burst of lines in one tick, nine of ten of them debug, to destinations in trouble. Memory is what the\n' +
      'process grew by at its greatest over what it had after 2000 lines.',
    options: {
      lines: whole(100_000, { min: 1000, max: 10_000_000, help: 'lines of the burst' }),
      buffer: whole(8_388_608, { min: 1000, max: 2 ** 30, help: 'maxBufferBytes' }),
      rounds: whole(3, { min: 1, max: 100, help: 'turns; medians are printed' }),
    },
  },
  async ({ lines, buffer, rounds }, report) => {
    const rows: string[][] = [
      [...['', 'grown MB', 'burst ms', 'written', 'dropped', 'told in the log', 'last error']],
    ];
    let holds = true;
    report.setting = `${grouped(lines)} lines in one tick, nine of ten of them debug, maxBufferBytes ${grouped(buffer)}; written and dropped include 2 000 lines before.`;
    report.subject('@llm/logging', packageVersion('@llm/logging'), 'defaults but for the level');
    for (const trouble of Object.keys(troubles) as Trouble[]) {
      const outcomes: TroubleResult[] = [];
      for (let round = 0; round < rounds; round++) outcomes.push(await run(trouble, lines, buffer));
      const of = (value: (outcome: TroubleResult) => number): string =>
        grouped(median(outcomes.map(value)));
      rows.push([
        trouble,
        of(({ grownBytes }) => grownBytes / 2 ** 20),
        of(({ burstMillis }) => burstMillis),
        of(({ atEnd }) => atEnd.written),
        of(({ atEnd }) => atEnd.dropped),
        of(({ told }) => told),
        outcomes[0]?.atEnd.lastError ?? '',
      ]);
      reportTrouble(report, trouble, outcomes);
      // Where it comes back, what was lost is told; where it does not, the buffer is all that grows.
      if (trouble === 'a pipe, read later' || trouble === 'a full disk, then room') {
        holds &&= outcomes.every(({ atEnd, told }) => told > 0 && told === atEnd.dropped);
      }
      // A string of a line, its place in the queue and garbage: some times its bytes.
      holds &&= outcomes.every(({ grownBytes }) => grownBytes < 64 * 2 ** 20 + 8 * buffer);
    }
    console.log(
      `${grouped(lines)} lines in one tick, maxBufferBytes ${grouped(buffer)}, Node ${process.version}\n${table(rows)}`,
    );
    console.log(
      `every process lived, memory was bounded, and a loss is told: ${holds ? 'holds' : 'MISSED'}`,
    );
    return holds;
  },
);
