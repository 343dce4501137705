import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokenLines } from './broken-lines.js';
import type { ReleasedPackage } from './manifests.js';
import { output, type Surroundings } from './program.js';

/**
 * Says of each package what breaks its users although no commit since then announces it, with `!` or `BREAKING CHANGE`:
 * compared with where a pull request started (`GITHUB_BASE_REF`), or else with the last release. Before the first
 * release there is nobody to break.
 */
export async function unannouncedBreaks(
  surroundings: Surroundings,
  packages: readonly ReleasedPackage[],
): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const one of packages) {
    const base = await baseOf(surroundings, one);
    if (base === undefined) continue;
    const broken = await breaksSince(surroundings, one, base);
    if (broken.length === 0 || (await isAnnounced(surroundings, one, base))) continue;
    reasons.push(
      `${one.name} breaks its users, and no commit since ${base.slice(0, 40)} says so with "!" or "BREAKING CHANGE":`,
      ...broken,
    );
  }
  return reasons;
}

async function baseOf(
  surroundings: Surroundings,
  { name }: ReleasedPackage,
): Promise<string | undefined> {
  const branch = surroundings.env['GITHUB_BASE_REF'] ?? '';
  if (branch !== '') return output(surroundings, 'git', 'merge-base', `origin/${branch}`, 'HEAD');
  const pattern = `${name}@*`;
  const tags = await output(surroundings, 'git', 'tag', '--merged', 'HEAD', '--list', pattern);
  if (tags === '') return undefined;
  return output(surroundings, 'git', 'describe', '--tags', '--abbrev=0', '--match', pattern);
}

/** The lines of the reports that were there at `base` and would break users, each with its file. */
async function breaksSince(
  surroundings: Surroundings,
  { directory }: ReleasedPackage,
  base: string,
): Promise<readonly string[]> {
  const folder = `${directory}/api/`;
  const listed = await output(surroundings, 'git', 'ls-tree', '-r', '--name-only', base, folder);
  const broken: string[] = [];
  for (const file of listed.split('\n').filter(Boolean)) {
    const before = await output(surroundings, 'git', 'show', `${base}:${file}`);
    const path = join(surroundings.cwd, file);
    const now = existsSync(path) ? readFileSync(path, 'utf8') : '';
    broken.push(...brokenLines(before, now).map((line) => `${file}: ${line}`));
  }
  return broken;
}

async function isAnnounced(
  surroundings: Surroundings,
  { directory }: ReleasedPackage,
  base: string,
): Promise<boolean> {
  const range = `${base}..HEAD`;
  const log = await output(surroundings, 'git', 'log', '--format=%B%x00', range, '--', directory);
  return log
    .split('\0')
    .some(
      (message) =>
        /^\w+(?:\([^)]*\))?!:/.test(message.trimStart()) || /^BREAKING CHANGE: /m.test(message),
    );
}
