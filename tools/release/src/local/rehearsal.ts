import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { checkConsumers, Outcome } from 'package-check';
import { throwawayDirectory } from 'test-services';
import { writeBillsOfMaterials } from '../bill-of-materials.js';
import { cut, label, type CutOptions } from '../cut.js';
import { releasedPackages, type ReleasedPackage } from '../manifests.js';
import { output, type Surroundings } from '../program.js';
import { publish } from '../publish.js';
import { lookUp, unpublished } from '../registry.js';
import { readSettings } from '../settings.js';
import { cloneForRehearsal, commitChange } from './clone.js';
import { startRegistry } from './registry.js';

export interface RehearsalOptions {
  /** What tries the packages out as users would. */
  readonly checkConsumers: typeof checkConsumers;
  readonly onStep: (title: string) => void;
}

/**
 * Releases what is committed from a clone to a registry of our own, has every kind of consumer use it, and then
 * releases single changes. Gives what went wrong.
 */
export async function rehearse(
  root: string,
  given: NodeJS.ProcessEnv,
  { checkConsumers: check, onStep }: RehearsalOptions,
): Promise<readonly string[]> {
  const failures: string[] = [];
  const expect = (what: string, holds: boolean): void => {
    console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
    if (!holds) failures.push(what);
  };
  const { scope, branch } = readSettings(root);
  const env = ownEnvironment(given);
  onStep('A registry of our own');
  const registry = await startRegistry(root, env, scope);
  try {
    onStep('A clone of what is committed');
    const clone = await cloneForRehearsal(root, env, branch);
    writeFileSync(join(clone.cwd, '.npmrc'), registry.npmrc);
    const rehearsal = new Rehearsal(clone, expect);
    const all = releasedPackages(clone.cwd);

    onStep('The first release: versions, changelogs, tags, and all that npm is sent');
    const first = await rehearsal.release({ firstRelease: true });
    expect('every package got a version', first.length === all.length);
    const bills = await writeBillsOfMaterials(clone, first, throwawayDirectory('bills'));
    expect(
      'every package has a bill of materials',
      bills.every(existsSync) && bills.length === all.length,
    );

    onStep('Every consumer');
    const versions = new Map(first.map((one) => [one.name, one.version]));
    const outcomes = await check({
      npmrc: registry.npmrc,
      specifierOf: (name) => `${name}@${versions.get(name) ?? 'missing'}`,
      onOutcome: (outcome) => console.log(line(outcome)),
    });
    for (const { consumer, failure } of outcomes)
      if (failure !== undefined) failures.push(consumer);
    expect(`${outcomes.length} things that consumers do`, outcomes.length > 0);

    onStep('A fix of one package');
    const [one] = all.filter(({ name }) => name.endsWith('/anomaly'));
    const [other] = all.filter(({ name }) => name.endsWith('/metrics'));
    if (one === undefined || other === undefined) throw new Error('no packages to change');
    await commitChange(clone, one.directory, 'fix(anomaly): a change that is rehearsed');
    const fixed = await rehearsal.release({});
    expect('it is released alone', fixed.map(({ name }) => name).join() === one.name);
    for (const { name } of all) {
      const count = (await lookUp(clone, name))?.versions.length;
      expect(
        `${name} has ${count ?? 0} versions on the registry`,
        count === (name === one.name ? 2 : 1),
      );
    }

    onStep('A pre-release of another');
    await commitChange(clone, other.directory, 'feat(metrics): a feature that is rehearsed');
    const [beta] = await rehearsal.release({ preid: 'beta' });
    expect('it is a beta', beta?.name === other.name && /-beta\.0$/.test(beta.version));
    const latest = await output(
      clone,
      'npm',
      'view',
      other.name,
      'dist-tags.latest',
      '--prefer-online',
    );
    expect('npm install takes the release before it', latest === versions.get(other.name));

    onStep('The release after it');
    const [next] = await rehearsal.release({});
    expect(
      'it is of the same package, and no pre-release',
      next?.name === other.name && !next.version.includes('-'),
    );

    onStep('Nothing new');
    expect('nothing is released', (await rehearsal.release({})).length === 0);
  } finally {
    await registry.stop();
  }
  return failures;
}

class Rehearsal {
  readonly clone: Surroundings;
  readonly expect: (what: string, holds: boolean) => void;

  constructor(clone: Surroundings, expect: (what: string, holds: boolean) => void) {
    this.clone = clone;
    this.expect = expect;
  }

  /** Cuts and publishes as the real thing does, and looks at what came of it. */
  async release(options: Partial<CutOptions>): Promise<readonly ReleasedPackage[]> {
    const { clone, expect } = this;
    const firstRelease = options.firstRelease ?? false;
    const packages = await cut(clone, { firstRelease, dryRun: false, ...options });
    const tags = await output(clone, 'git', 'tag', '--points-at', 'HEAD');
    for (const one of packages) {
      const changelog = join(clone.cwd, one.directory, 'CHANGELOG.md');
      const entry = existsSync(changelog) ? readFileSync(changelog, 'utf8') : '';
      expect(`${label(one)} is tagged`, tags.split('\n').includes(label(one)));
      expect(`${label(one)} has a changelog`, new RegExp(`^#+ ${one.version}`, 'm').test(entry));
    }
    const sent = await unpublished(clone, releasedPackages(clone.cwd));
    expect(
      'what is sent is what got a version',
      sent.map(label).join() === packages.map(label).join(),
    );
    await publish(clone, sent, { firstRelease, dryRun: false });
    expect('the registry has it', (await unpublished(clone, sent)).length === 0);
    return packages;
  }
}

/** Without what npm and Nx tell their own children, which is about the folder that this was started in. */
function ownEnvironment(given: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const about =
    /^(?:npm_(?:lifecycle|package|config_local_prefix|command|execpath|node_execpath)|INIT_CWD$|NX_)/;
  const env = Object.fromEntries(Object.entries(given).filter(([name]) => !about.test(name)));
  return { ...env, NX_DAEMON: 'false' };
}

function line({ consumer, seconds, failure }: Outcome): string {
  const result = failure === undefined ? 'ok    ' : 'FAILED';
  return `${result} ${consumer} ${seconds.toFixed(1)} s${failure === undefined ? '' : `\n${failure}`}`;
}
