import { Consumer } from '../consumer.js';
import { publishedPackages } from '../published-package.js';
import { checkBundles } from './bundles.js';
import type { Kit } from './kit.js';
import { checkNest } from './nest.js';
import { Trials, type Outcome } from './outcome.js';
import { checkProgram } from './program.js';
import { installToolchain } from './toolchain.js';

export interface ConsumersOptions {
  /** What npm is asked to install for a package, such as `@acme/tracing@1.2.3`. */
  readonly specifierOf: (name: string) => string;
  /** Configuration of npm in the folders of the consumers. */
  readonly npmrc: string;
  /** Told of each consumer as soon as it is known. */
  readonly onOutcome: (outcome: Outcome) => void;
}

/**
 * Installs the packages as users do, one by one and all together, and does with them what users do: compile with three
 * TypeScripts, run as ES modules and as CommonJS on three Nodes, bundle, and decorate a NestJS service.
 */
export async function checkConsumers({
  specifierOf,
  npmrc,
  onOutcome,
}: ConsumersOptions): Promise<readonly Outcome[]> {
  const trials = new Trials(onOutcome);
  const packages = publishedPackages();
  const toolchain = await installToolchain();
  try {
    for (const { name } of packages) {
      const consumer = new Consumer(npmrc);
      const title = `${name} alone`;
      const installs = await trials.try(`${title}: npm install`, () =>
        consumer.install(specifierOf(name), '@types/node@20'),
      );
      if (installs)
        await checkProgram(trials, toolchain, consumer, title, name.replace(/^.*\//, ''));
      consumer.remove();
    }
    const specifiers = packages.map(({ name }) => specifierOf(name));
    const all = new Consumer(npmrc);
    const installs = await trials.try('all together: npm install', () =>
      all.install(...specifiers, '@types/node@20'),
    );
    if (installs) await checkProgram(trials, toolchain, all, 'all together', 'together');
    all.remove();
    const kit: Kit = { trials, specifiers, npmrc };
    await checkBundles(kit, toolchain.nodes);
    await checkNest(kit, toolchain);
  } finally {
    toolchain.remove();
  }
  return trials.outcomes;
}
