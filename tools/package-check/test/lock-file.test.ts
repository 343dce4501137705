import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licenceIsFine } from '../src/licence.js';
import { lockedPackages, type LockedPackage } from '../src/lock-file.js';
import { needlessCopies, type LockedPlaces } from '../src/needless-copies.js';
import { workspaceRoot } from '../src/published-package.js';

const files = ['package-lock.json', 'tools/release/local-registry/package-lock.json'];
const label = ({ name, version }: LockedPackage): string => `${name}@${version}`;

describe.each(files)('%s', (file) => {
  const locked = lockedPackages(file);

  it('has the SHA-512 of every package, and takes none from elsewhere than the registry', () => {
    expect(locked.length).toBeGreaterThan(100);
    const unchecked = locked.filter(
      ({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    expect(unchecked.map(label)).toEqual([]);
    const elsewhere = locked.filter(
      ({ resolved = 'https://registry.npmjs.org/' }) =>
        !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(elsewhere.map(label)).toEqual([]);
  });

  it('holds no two versions of a package where one would do (else: npm dedupe beside it)', () => {
    const text = readFileSync(join(workspaceRoot, file), 'utf8');
    const { packages } = JSON.parse(text) as { packages: LockedPlaces };
    expect(needlessCopies(packages)).toEqual([]);
  });

  it('brings no package whose licence binds us or those who use our packages', () => {
    expect(
      locked
        .filter((one) => !licenceIsFine(one))
        .map((one) => `${label(one)}: ${one.license ?? 'untold'}`),
    ).toEqual([]);
  });
});

describe('install scripts', () => {
  it('are each allowed or refused by name in package.json, and no other is named', () => {
    const manifest = readFileSync(join(workspaceRoot, 'package.json'), 'utf8');
    const { allowScripts } = JSON.parse(manifest) as { allowScripts: Record<string, boolean> };
    const scripted = lockedPackages('package-lock.json').filter(
      (one) => one.hasInstallScript === true,
    );
    expect([...new Set(scripted.map(({ name }) => name))].sort()).toEqual(
      Object.keys(allowScripts).sort(),
    );
  });

  it('are brought by nothing that the rehearsal of a release installs', () => {
    const scripted = lockedPackages(files[1]!).filter((one) => one.hasInstallScript === true);
    expect(scripted.map(label)).toEqual([]);
  });
});

describe('a licence', () => {
  const made = (license: string | undefined, dev?: boolean): LockedPackage => ({
    name: 'some',
    version: '1.0.0',
    ...(license !== undefined && { license }),
    ...(dev !== undefined && { dev }),
  });

  it.each([
    ['MIT', undefined, true],
    ['(GPL-3.0 OR Apache-2.0)', undefined, true],
    ['GPL-3.0', undefined, false],
    ['GPL-3.0', true, false],
    ['MPL-2.0', undefined, false],
    ['MPL-2.0', true, true],
    ['MIT AND GPL-3.0', true, false],
    [undefined, true, false],
  ])('%s, only in development: %s, is fine: %s', (license, dev, fine) => {
    expect(licenceIsFine(made(license, dev))).toBe(fine);
  });
});
