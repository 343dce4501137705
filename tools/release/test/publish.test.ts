import { expect, it } from 'vitest';
import { byDistTag } from '../src/publish.js';

it('a pre-release is published under its own name, never as what npm takes by default', () => {
  const versions = ['1.2.3', '0.1.0', '1.3.0-beta.0', '2.0.0-rc.1', '2.0.0-0', '1.0.0+build.beta'];
  const packages = versions.map((version) => ({
    name: `@acme/${version}`,
    version,
    directory: '',
  }));
  const tags = Object.fromEntries(
    [...byDistTag(packages)].map(([tag, tagged]) => [tag, tagged.map(({ version }) => version)]),
  );
  expect(tags).toEqual({
    latest: ['1.2.3', '0.1.0', '1.0.0+build.beta'],
    beta: ['1.3.0-beta.0'],
    rc: ['2.0.0-rc.1'],
    next: ['2.0.0-0'],
  });
});
