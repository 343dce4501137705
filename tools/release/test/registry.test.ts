import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { throwawayDirectory } from 'test-services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookUp, strangers, unpublished } from '../src/registry.js';

const ours = 'git+https://github.com/acme/observability.git';
const packages: Record<string, { versions: string[]; source?: string }> = {
  '@acme/bare': { versions: ['1.0.0'] },
  '@acme/tracing': { versions: ['0.1.0', '0.2.0'], source: ours },
  '@acme/metrics': { versions: ['9.9.9'], source: 'git+https://github.com/squatter/trap.git' },
};

let server: Server;
let broken = false;
const surroundings = { cwd: throwawayDirectory('npm'), env: { ...process.env } };

/** Answers npm as the registry does. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const known = packages[name];
    response.setHeader('content-type', 'application/json');
    response.writeHead(broken ? 500 : known === undefined ? 404 : 200);
    const repository = known?.source === undefined ? undefined : { type: 'git', url: known.source };
    const versions = Object.fromEntries<object>(
      (known?.versions ?? []).map((version) => [version, { name, version, repository }]),
    );
    const latest = known?.versions.at(-1);
    const all = {
      name,
      versions,
      'dist-tags': { latest },
      repository,
    };
    response.end(JSON.stringify(known === undefined ? { error: 'not found' } : all));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  surroundings.env['npm_config_registry'] = `http://127.0.0.1:${port}/`;
  surroundings.env['npm_config_cache'] = throwawayDirectory('npm-cache');
  surroundings.env['npm_config_fetch_retries'] = '0';
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

const released = (name: string, version: string) => ({
  name,
  version,
  directory: 'packages/x',
  repository: { url: 'https://github.com/acme/observability' },
});

describe('the registry', () => {
  it('tells the versions and the source of a package that it has', async () => {
    expect(await lookUp(surroundings, '@acme/tracing')).toEqual({
      versions: ['0.1.0', '0.2.0'],
      repository: ours,
    });
    expect(await lookUp(surroundings, '@acme/bare')).toEqual({
      versions: ['1.0.0'],
      repository: undefined,
    });
    expect(await lookUp(surroundings, '@acme/nothing')).toBeUndefined();
  });

  it('lacks versions that were not published, of packages that it has and of new ones', async () => {
    const asked = [
      released('@acme/tracing', '0.2.0'),
      released('@acme/tracing', '0.3.0'),
      released('@acme/nothing', '0.1.0'),
    ];
    expect(await unpublished(surroundings, asked)).toEqual(asked.slice(1));
  });

  it('has a package of somebody else under the name: it is not ours to publish, first release or not', async () => {
    for (const firstRelease of [true, false]) {
      expect(
        await strangers(surroundings, [released('@acme/metrics', '0.1.0')], firstRelease),
      ).toEqual([
        '@acme/metrics is on the registry with the source git+https://github.com/squatter/trap.git, which is not ours',
      ]);
    }
  });

  it('does not know the name: that has to be meant', async () => {
    const fresh = [released('@acme/nothing', '0.1.0'), released('@acme/tracing', '0.2.0')];
    expect(await strangers(surroundings, fresh, true)).toEqual([]);
    expect(await strangers(surroundings, fresh, false)).toEqual([
      '@acme/nothing is not on the registry: say --first-release',
    ]);
  });

  it('fails: that is not taken for a name that is free', async () => {
    broken = true;
    await expect(lookUp(surroundings, '@acme/tracing')).rejects.toThrow();
    broken = false;
  });
});
