/** Kills writers of log lines, and counts what is lost: `npm run crash:logging -- --help`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { whole } from '../command-line.js';
import { median } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { writers, type KillJob, type WriterName } from './kill-writer.js';

/** What one kill left. */
interface Loss {
  /** Lines whose call had returned. */
  readonly called: number;
  /** Of those, lines that are not there. */
  readonly lost: number;
  /** Of those, lines of turns of the event loop that were over. */
  readonly beyondTurn: number;
  /** Whether an error is lost whose call had returned. */
  readonly errorLost: boolean;
  /** Whether the last line is there in part. */
  readonly torn: boolean;
  /** Lines that are missing before others that are there, or there twice. */
  readonly disordered: number;
}

async function kill(writer: WriterName, folder: string, most: number): Promise<Loss> {
  const job: KillJob = {
    ...{ writer, most, path: join(folder, 'app.log'), progress: join(folder, 'progress') },
  };
  const child = fork(new URL('./kill-writer.js', import.meta.url), [JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const piped: Buffer[] = [];
  child.stdout?.on('data', (data: Buffer) => piped.push(data));
  await once(child, 'message');
  // Not while it starts: some open their file late.
  while ((numbersIn(job.progress)[1] ?? 0) < 500) await sleep(5);
  await sleep(Math.random() * 200);
  child.kill('SIGKILL');
  await once(child, 'close');
  const [turnStart = 1, called = 0, error = 0] = numbersIn(job.progress);
  const text = (writer.endsWith('pipe') ? Buffer.concat(piped) : fileOf(job.path)).toString();
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  const numbers = lines.map((line) => (JSON.parse(line) as { i: number }).i);
  const last = numbers.at(-1) ?? 0;
  return {
    called,
    lost: Math.max(0, called - last),
    beyondTurn: Math.max(0, turnStart - 1 - last),
    errorLost: last < error,
    torn,
    disordered: numbers.filter((number, index) => number !== index + 1).length,
  };
}

function fileOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}

function numbersIn(file: string): Uint32Array {
  return new Uint32Array(new Uint8Array(readFileSync(file)).buffer);
}

/** Short names of the writers, and who they are. */
const reported: Readonly<
  Record<WriterName, readonly [name: string, by: string, settings: string]>
> = {
  // prettier-ignore
  '@llm/logging, a file': ['file', '@llm/logging', 'defaults'],
  '@llm/logging, a pipe': ['pipe', '@llm/logging', 'defaults'],
  'winston.transports.File': ['winston', 'winston', 'json, transports.File'],
  'pino, asynchronous': ['pino', 'pino', 'asynchronous, minLength 4096'],
};

function reportLosses(report: FigureReport, writer: WriterName, losses: readonly Loss[]): void {
  const [name, by, settings] = reported[writer];
  report.subject(by, packageVersion(by), settings);
  const most = (of: (loss: Loss) => number): number => Math.max(...losses.map(of));
  report.count(`${name}.kills`, `${writer}: kills`, by, losses.length);
  report.count(
    `${name}.lost`,
    `${writer}: most lines lost by a kill`,
    by,
    most(({ lost }) => lost),
  );
  report.count(`${name}.beyond-turn`, `${writer}: of those, of turns that were over`, by, most(({ beyondTurn }) => beyondTurn), 'lower'); // prettier-ignore
  report.count(`${name}.errors-lost`, `${writer}: kills that lost an error`, by, losses.filter(({ errorLost }) => errorLost).length, 'lower'); // prettier-ignore
  report.count(`${name}.gaps`, `${writer}: most lines missing before others, or twice`, by, most(({ disordered }) => disordered), 'lower'); // prettier-ignore
}

await runSuiteCommand(
  {
    usage: 'npm run crash:logging --',
    summary:
      'Processes that log without end are killed by SIGKILL at any moment; what their calls had returned\n' +
      'from is compared with what is there. A turn of the event loop has up to so many lines.',
    options: {
      kills: whole(50, { min: 1, max: 10_000, help: 'kills of each writer' }),
      lines: whole(50, { min: 1, max: 100_000, help: 'lines of a turn, at most' }),
    },
  },
  async ({ kills, lines }, report) => {
    const rows: string[][] = [
      [
        ...['', 'lines', 'lost: median', 'most', 'of turns before', 'kills that lost an error'],
        ...['torn last line', 'gaps'],
      ],
    ];
    let holds = true;
    report.setting = `${kills} kills of each, up to ${lines} lines a turn of the event loop.`;
    for (const writer of Object.keys(writers) as WriterName[]) {
      const losses: Loss[] = [];
      for (let n = 0; n < kills; n++) {
        const folder = mkdtempSync(join(tmpdir(), 'log-kill-'));
        try {
          losses.push(await kill(writer, folder, lines));
        } finally {
          rmSync(folder, { recursive: true });
        }
      }
      const most = (of: (loss: Loss) => number): number => Math.max(...losses.map(of));
      const count = (of: (loss: Loss) => boolean): string => String(losses.filter(of).length);
      rows.push([
        writer,
        String(losses.reduce((sum, { called }) => sum + called, 0)),
        String(median(losses.map(({ lost }) => lost))),
        String(most(({ lost }) => lost)),
        String(most(({ beyondTurn }) => beyondTurn)),
        count(({ errorLost }) => errorLost),
        count(({ torn }) => torn),
        String(most(({ disordered }) => disordered)),
      ]);
      reportLosses(report, writer, losses);
      if (!writer.startsWith('@llm')) continue;
      holds &&= losses.every(({ errorLost, disordered }) => !errorLost && disordered === 0);
      // A pipe whose reader does not keep up holds more than a turn back.
      if (writer.endsWith('file')) holds &&= losses.every(({ beyondTurn }) => beyondTurn === 0);
    }
    console.log(`${kills} kills of each, Node ${process.version}\n${table(rows)}`);
    console.log(
      `no line of a turn that was over, no error and no order is lost: ${holds ? 'holds' : 'MISSED'}`,
    );
    return holds;
  },
);
