import { execFile, type ExecFileException } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeBlock } from './code-block.js';
import { namingDocuments, type ProgramBlock } from './program-blocks.js';
import type { ServiceName, Services } from './services.js';

// Built, also where the tests run this file as it is.
const runner = fileURLToPath(new URL('../dist/run-module.js', import.meta.url));
const ownPorts = new URL('../dist/own-ports.js', import.meta.url).href;

/** How a block ended. */
export interface BlockOutcome {
  /** What it wrote, and where it failed, by the lines of the document; undefined when all went well. */
  readonly failure: string | undefined;
}

/**
 * Runs a compiled block in a process of its own, in an empty folder that holds the files of its document,
 * with no other environment than the services that it asks for.
 *
 * @param files - the blocks of the document that have a name
 */
export async function runBlock(
  { file, services }: ProgramBlock,
  folder: string,
  files: readonly CodeBlock[],
  running: Services,
): Promise<BlockOutcome> {
  const env: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'LANG']) env[name] = process.env[name] ?? '';
  for (const [name, variable] of Object.entries(services))
    env[variable] = await running.address(name as ServiceName);
  const directory = mkdtempSync(join(tmpdir(), 'docs-check-'));
  try {
    for (const { directive, code } of files) {
      if (directive.file === undefined) continue;
      mkdirSync(dirname(join(directory, directive.file)), { recursive: true });
      writeFileSync(join(directory, directive.file), code.text);
    }
    const module = join(folder, 'run', file.replace(/\.ts$/, '.js'));
    const failure = await nodeFailure(
      ['--enable-source-maps', '--import', ownPorts, runner, module],
      { cwd: directory, env },
    );
    return { failure: failure && namingDocuments(failure, folder) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function endOf(error: ExecFileException | null): string {
  if (error === null) return 'Node warns';
  if (error.killed === true) return 'it did not end within a minute';
  // https://nodejs.org/api/process.html#exit-codes
  if (error.code === 13) return 'a top-level await is never settled';
  return `it ended with ${error.code ?? error.signal ?? 'an error'}`;
}

function nodeFailure(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { ...options, timeout: 60_000 }, (error, stdout, stderr) => {
      const warned = /^\(node:\d+\) /m.test(stderr);
      if (error === null && !warned) resolve(undefined);
      else resolve(`${endOf(error)}\n${stderr}${stdout}`);
    });
  });
}
