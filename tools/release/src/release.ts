import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unannouncedBreaks } from './api-breaks.js';
import { writeBillsOfMaterials } from './bill-of-materials.js';
import { checksPass } from './checks.js';
import { cut, label, type CutOptions } from './cut.js';
import { releasedPackages } from './manifests.js';
import { output, run, type Surroundings } from './program.js';
import { publish } from './publish.js';
import { publishingRefusals, refusals } from './refusals.js';
import { strangers, unpublished } from './registry.js';
import { readSituation } from './situation.js';

export interface ReleaseOptions extends CutOptions {
  /** Where bills of materials and `released.txt`, a tag a line, are put. */
  readonly output: string;
}

/**
 * Releases what has changed, or says why not. Gives whether it went well. What failed after the push is published by
 * running it again: versions that the registry lacks are sent, whoever made them.
 */
export async function release(
  surroundings: Surroundings,
  options: ReleaseOptions,
): Promise<boolean> {
  const situation = await readSituation(surroundings);
  if (refuse(refusals(situation))) return false;
  const publishing = [
    ...publishingRefusals(situation),
    ...(await strangers(surroundings, situation.packages, options.firstRelease)),
  ];
  if (!options.dryRun && refuse(publishing)) return false;
  for (const reason of publishing) console.log(`Publishing would be refused: ${reason}`);

  if (refuse(await unannouncedBreaks(surroundings, situation.packages))) return false;
  if (!(await checksPass(surroundings))) {
    refuse(['The checks fail: npm run check']);
    return false;
  }
  if (refuse(refusals(await readSituation(surroundings)))) return false;

  await cut(surroundings, options);
  const packages = releasedPackages(surroundings.cwd);
  const sent = options.dryRun ? packages : await unpublished(surroundings, packages);
  await writeBillsOfMaterials(surroundings, sent, options.output);
  writeFileSync(
    join(options.output, 'released.txt'),
    sent.map((one) => `${label(one)}\n`).join(''),
  );
  if (!options.dryRun) await push(surroundings, situation.settings.branch);
  // Provenance is a statement of the job's identity, which is there: see refusals.
  const env = { ...surroundings.env, NPM_CONFIG_PROVENANCE: String(!options.dryRun) };
  await publish({ cwd: surroundings.cwd, env }, sent, options);
  return true;
}

/** All or nothing: when somebody pushed meanwhile, nothing is released. */
async function push(surroundings: Surroundings, branch: string): Promise<void> {
  const tags = await output(surroundings, 'git', 'tag', '--points-at', 'HEAD');
  const refs = tags.split('\n').filter(Boolean);
  await run(
    surroundings,
    ...(['git', 'push', '--atomic', 'origin', `HEAD:refs/heads/${branch}`] as const),
    ...refs.map((tag) => `refs/tags/${tag}`),
  );
}

function refuse(reasons: readonly string[]): boolean {
  for (const reason of reasons) console.error(`Refused: ${reason}`);
  return reasons.length > 0;
}
