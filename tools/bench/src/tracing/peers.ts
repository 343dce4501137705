/** Prints what wrappers of OpenAI's client get wrong: `npm run bench:tracing-peers -- --help`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openAICases, startOpenAIServer } from 'model-servers';
import { someOf, textOption, whole } from '../command-line.js';
import { answerOf, freshProcess } from '../fresh-process.js';
import type { FigureReport } from '../harness/figure-report.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import type { PeerJob, PeerResult } from './peer-process.js';
import { aspects, tracedApis, verdict, type Aspect, type Verdict } from './peer-verdict.js';
import { wrapperPackages, wrappers, type WrapperName } from './wrappers.js';

const run = promisify(execFile);
const own = fileURLToPath(new URL('../../../../packages/tracing', import.meta.url));
const peers = (Object.keys(wrappers) as WrapperName[]).filter((name) => name !== 'no wrapper');

/** What came of one wrapper. */
interface Column {
  readonly verdicts: readonly Verdict[];
  /** APIs that it traces. */
  readonly traced: readonly string[];
}

function columnOf(result: PeerResult, bare: PeerResult): Column {
  const traced = tracedApis(openAICases, result.cases);
  const verdicts = openAICases.map((asked, at): Verdict => {
    const [own, without] = [result.cases[at], bare.cases[at]];
    return own === undefined || without === undefined ? {} : verdict(asked, own, without, traced);
  });
  return { verdicts, traced: [...traced] };
}

/** Whether an aspect holds, of the cases that say something about it. */
function answersOn({ verdicts }: Column, aspect: Aspect): boolean[] {
  return verdicts.map((each) => each[aspect]).filter((holds) => holds !== undefined);
}

/** In how many cases an aspect holds, of those that say something about it. */
function share(column: Column, aspect: Aspect): string {
  const asked = answersOn(column, aspect);
  return asked.length === 0 ? '-' : `${asked.filter(Boolean).length} of ${asked.length}`;
}

function faultsOf(found: Verdict | undefined): string {
  if (found === undefined) return '-';
  const faults = Object.entries(found).filter(([, holds]) => !holds);
  return faults.length === 0 ? 'ok' : faults.map(([aspect]) => aspect).join(', ');
}

function clientVersion(folder: string): string {
  const manifest = readFileSync(join(folder, 'node_modules/openai/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

async function install(folder: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "name": "peers", "private": true }');
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: own });
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
  const tarball = join(folder, filename.replace('@', '').replace('/', '-'));
  await run('npm', [...args, ...wrapperPackages, tarball], { cwd: folder });
}

function reportColumn(
  report: FigureReport,
  wrapper: WrapperName,
  { version, supports }: PeerResult,
  column: Column,
): void {
  const traced = `defaults; traces ${column.traced.join(', ')}`;
  report.subject(wrapper, version, supports === '' ? traced : `${traced}; for openai ${supports}`);
  const short = wrapper === '@llm/tracing' ? 'ours' : (/^@(\w+)/.exec(wrapper)?.[1] ?? wrapper);
  for (const [aspect, meaning] of Object.entries(aspects)) {
    const asked = answersOn(column, aspect as Aspect);
    if (asked.length === 0) continue;
    const name = `${aspect.replace(' ', '-')}.${short}`;
    report.count(name, meaning, wrapper, asked.filter(Boolean).length, 'higher');
    report.count(`${name}-of`, '  of so many cases', wrapper, asked.length);
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:tracing-peers --',
    summary:
      "All that users do with a client of OpenAI's, over HTTP against a server that is no model, with each wrapper at\n" +
      'its defaults and without one. The wrappers are installed in a folder that is removed afterwards. A figure says\n' +
      'in how many cases something holds, of those that it can be asked of: spans only of APIs that the wrapper traces\n' +
      'at all, the rest only where there is a span.',
    options: {
      only: someOf(peers, 'wrappers to try'),
      details: whole(0, {
        min: 0,
        max: 1,
        help: 'whether to print what does not hold, case by case',
      }),
      folder: textOption('', 'where they are installed already (default: a new folder)'),
    },
  },
  async ({ only, details, folder: given }, report) => {
    const folder = given === '' ? mkdtempSync(join(tmpdir(), 'peers-')) : given;
    const server = await startOpenAIServer();
    try {
      if (given === '') await install(folder);
      const measured = async (wrapper: WrapperName): Promise<PeerResult> => {
        const job: PeerJob = { folder, wrapper, url: server.url };
        return answerOf<PeerResult>(freshProcess('tracing/peer-process', job));
      };
      const bare = await measured('no wrapper');
      const columns: Column[] = [];
      report.setting = `${openAICases.length} things that users do with openai ${clientVersion(folder)}, over HTTP against a server that is no model. A figure says in how many of the cases that it can be asked of something holds.`;
      console.log(
        `Node ${process.version}, openai ${clientVersion(folder)}, ${openAICases.length} cases; all wrappers at their defaults`,
      );
      for (const [index, wrapper] of only.entries()) {
        const result = await measured(wrapper).catch((error: unknown) => String(error));
        const column = typeof result === 'string' ? undefined : columnOf(result, bare);
        columns.push(column ?? { verdicts: [], traced: [] });
        if (column !== undefined && typeof result !== 'string') {
          reportColumn(report, wrapper, result, column);
        }
        console.log(
          typeof result === 'string'
            ? `${index + 1} = ${wrapper}: ${result}`
            : `${index + 1} = ${wrapper} ${result.version}` +
                (result.supports === '' ? '' : `, for openai ${result.supports}`) +
                `; traces ${column?.traced.join(', ') ?? ''}`,
        );
      }
      const head = ['', ...only.map((_, index) => String(index + 1))];
      const rows = Object.entries(aspects).map(([aspect, meaning]) => [
        meaning,
        ...columns.map((column) => share(column, aspect as Aspect)),
      ]);
      console.log(`\n${table([head, ...rows])}`);
      if (details === 1) {
        const faults = openAICases.map(({ name }, at) => [
          name,
          ...columns.map(({ verdicts }) => faultsOf(verdicts[at])),
        ]);
        console.log(`\n${table([head, ...faults])}`);
      }
      const ours = columns[only.indexOf('@llm/tracing')];
      return ours === undefined || ours.verdicts.every((each) => faultsOf(each) === 'ok');
    } finally {
      await server.close();
      if (given === '') rmSync(folder, { recursive: true, force: true });
    }
  },
);
