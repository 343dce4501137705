/*
 * The path of somebody who has an Express app and reads the README: `npm run docs:newcomer`. All that is typed
 * is taken from the README, in an empty folder; as nothing is published yet, the packages are packed, and installed
 * from their tarballs. Prints what it took.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from 'test-services';
import { codeBlocks } from './code-block.js';
import { documentAt } from './document.js';
import { packedPackage } from './packed-package.js';

const run = promisify(execFile);
const wordsPerMinute = 200;
const secondsPerLine = 15;

const readme = documentAt('README.md').text;
const from = readme.indexOf('## Observe your own service');
const section = readme.slice(from, readme.indexOf('\n## ', from + 1));
const [install, lines, start] = codeBlocks({ path: 'README.md', text: section }).map(
  ({ code }) => code.text,
);
if (install === undefined || lines === undefined || start === undefined)
  throw new Error('README.md, "Observe your own service": three blocks are missing');
const added = lines.split('\n').filter((line) => line !== '');

const folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
const inFolder = { cwd: folder, maxBuffer: 16 << 20 };
const port = await freePort();
const tarballs = new Map<string, string>();
try {
  await run('npm', ['init', '-y', '--init-type=module'], inFolder);
  await npmInstall(['express@5']);
  for (const name of ['tracing', 'logging'])
    tarballs.set(`@llm/${name}`, await packedPackage(name, folder));

  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  await npmInstall(install.trim().split(/\s+/).slice(2));
  writeFileSync(join(folder, 'app.js'), theirApp(added));
  const line = await observed(['app.js'], {}, (text) => {
    const { route, correlation_id } = JSON.parse(text) as Record<string, unknown>;
    return route === '/' && correlation_id === 'first-request';
  });
  const toLine = seconds();

  const [assignment = '', , ...words] = start.trim().split(/\s+/);
  const [variable = '', value = ''] = assignment.split('=');
  const environment = { [variable]: value };
  await npmInstall(await namedPackages(words, environment));
  const span = await observed(words, environment, (text) => text.includes("name: 'GET /'"));
  const toSpan = seconds();

  const read = section.replace(/<!--[^]*?-->/g, '').split(/\s+/).length;
  const reader = (read / wordsPerMinute) * 60 + (added.length + 3) * secondsPerLine;
  console.log(
    [
      `the line of their request:   ${line}`,
      `the span of the next:        ${span.trim()}`,
      `lines changed in their app:  ${added.length}`,
      `commands typed:              3 to the line; 3 more to the span (one is refused and names the next)`,
      `the machine's part:          ${toLine.toFixed(1)} s to the line, ${toSpan.toFixed(1)} s to the span`,
      `the reader's part, reckoned: ${(reader / 60).toFixed(1)} min (${read} words at ${wordsPerMinute} a minute, ${added.length} lines and 3 commands at ${secondsPerLine} s)`,
      `first observed request:      ${((reader + toLine) / 60).toFixed(1)} min`,
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Express's own first example, as a module, with imports at its top and what else is added behind the app. */
function theirApp(more: readonly string[]): string {
  const isImport = (line: string): boolean => line.startsWith('import ');
  return [
    "import express from 'express';",
    ...more.filter(isImport),
    'const app = express();',
    ...more.filter((line) => !isImport(line)),
    "app.get('/', (req, res) => {",
    "  res.send('Hello World!');",
    '});',
    `app.listen(${port});`,
  ].join('\n');
}

async function npmInstall(names: readonly string[]): Promise<void> {
  const what = names.map((name) => tarballs.get(name) ?? name);
  await run('npm', ['install', '--no-audit', '--no-fund', ...what], inFolder);
}

/** Those of the command that a start with too little installed prints. */
async function namedPackages(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const options = { ...inFolder, env: { ...process.env, ...environment } };
  const complaint = await run('node', args, options).then(
    () => 'it has started',
    (error: unknown) => (error as { stderr: string }).stderr,
  );
  const command = /npm install (.*)/.exec(complaint)?.[1];
  if (command === undefined) throw new Error(`no install command is named:\n${complaint}`);
  return [...command.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
}

/** Starts the app, asks it for something, and gives the first line that it prints of that. */
async function observed(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  isIt: (line: string) => boolean,
): Promise<string> {
  const child = spawn('node', args, {
    ...inFolder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const signal = AbortSignal.timeout(60_000);
    const found = firstOf(createInterface({ input: child.stdout, signal }), isIt);
    const request = { headers: { 'x-correlation-id': 'first-request' }, signal };
    const ask = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/`, request).then(
        () => true,
        () => false,
      );
    while (!(await ask())) {
      if (child.exitCode !== null || signal.aborted) throw new Error('the app does not answer');
      await sleep(20);
    }
    return await found;
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

async function firstOf(
  lines: AsyncIterable<string>,
  isIt: (line: string) => boolean,
): Promise<string> {
  for await (const line of lines) if (isIt(line)) return line;
  throw new Error('the app has printed nothing of the request');
}
