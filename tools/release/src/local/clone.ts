import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { throwawayDirectory } from 'test-services';
import { output, run, type Surroundings } from '../program.js';

/**
 * A clone of what is committed, in a folder that goes with this process: versions, commits and tags are made there and
 * nowhere else. It has no remote to push to.
 */
export async function cloneForRehearsal(
  root: string,
  env: NodeJS.ProcessEnv,
  branch: string,
): Promise<Surroundings> {
  const cwd = throwawayDirectory('rehearsal');
  const clone = { cwd, env };
  await run({ cwd: root, env }, 'git', 'clone', '--quiet', '--no-checkout', root, cwd);
  const head = await output({ cwd: root, env }, 'git', 'rev-parse', 'HEAD');
  const git = (...args: string[]): Promise<void> => run(clone, 'git', ...args);
  await git('checkout', '--quiet', '-B', branch, head);
  await git('remote', 'remove', 'origin');
  await git('config', 'user.name', 'Release rehearsal');
  await git('config', 'user.email', 'rehearsal@example.com');
  for (const folder of [
    '',
    ...['packages', 'apps', 'tools'].flatMap((group) => children(root, group)),
  ]) {
    const modules = join(root, folder, 'node_modules');
    // Links between workspaces are relative, so that they lead into the clone.
    const options = { recursive: true, verbatimSymlinks: true };
    if (existsSync(modules)) cpSync(modules, join(cwd, folder, 'node_modules'), options);
  }
  return clone;
}

function children(root: string, group: string): readonly string[] {
  return readdirSync(join(root, group)).map((name) => join(group, name));
}

/** Changes a source file of a package as a developer would, and commits it under this title. */
export async function commitChange(
  clone: Surroundings,
  directory: string,
  title: string,
): Promise<void> {
  const file = join(clone.cwd, directory, 'src/index.ts');
  writeFileSync(file, `${readFileSync(file, 'utf8')}// ${title}\n`);
  await run(clone, 'git', 'commit', '--quiet', '--all', '--message', title);
}
