import { succeeds, type Surroundings } from './program.js';

/** What the tests of a release must not be able to publish with. */
const secrets =
  /^(?:ACTIONS_(?:ID_TOKEN|RUNTIME)_|NODE_AUTH_TOKEN$|NPM_TOKEN$|GH_TOKEN$|GITHUB_TOKEN$)/;

/** Runs what CI runs, `npm run check`, and tells whether it went well. */
export function checksPass({ cwd, env }: Surroundings): Promise<boolean> {
  const harmless = Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.test(name)));
  return succeeds({ cwd, env: harmless }, 'npm', 'run', 'check');
}
