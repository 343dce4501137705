import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startService, throwawayDirectory } from 'test-services';
import { run } from '../program.js';

/** A registry of our own, with nothing in it. */
export interface LocalRegistry {
  readonly url: string;
  /** What npm needs to take the scope from there and to publish there; all else comes from where it always comes. */
  readonly npmrc: string;
  stop(): Promise<void>;
}

const configuration = `
storage: ./storage
auth:
  htpasswd:
    file: ./htpasswd
packages:
  '**':
    access: $all
    publish: $all
    unpublish: $all
web:
  enable: false
max_body_size: 50mb
log: { type: stdout, format: json, level: warn }
`;

/** Installs Verdaccio, by the lock file in `tools/release/local-registry`, and starts it on 127.0.0.1. */
export async function startRegistry(
  root: string,
  env: NodeJS.ProcessEnv,
  scope: string,
): Promise<LocalRegistry> {
  const directory = throwawayDirectory('registry');
  cpSync(join(root, 'tools/release/local-registry'), directory, { recursive: true });
  await run(
    { cwd: directory, env },
    ...(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'] as const),
  );
  writeFileSync(join(directory, 'config.yaml'), configuration);
  const host = `127.0.0.1:${await freePort()}`;
  const verdaccio = join(directory, 'node_modules/verdaccio/bin/verdaccio');
  const url = `http://${host}/`;
  const service = await startService({
    command: process.execPath,
    args: [verdaccio, '--config', join(directory, 'config.yaml'), '--listen', host],
    url,
    probe: async () => {
      if (!(await fetch(`${url}-/ping`)).ok) throw new Error('not yet');
    },
  });
  return {
    url,
    npmrc: `${scope}:registry=${url}\n//${host}/:_authToken=rehearsal\n`,
    stop: () => service.stop(),
  };
}
