import type { LockedPackage } from './lock-file.js';

/** What may come along with the packages: nothing that binds those who use them. */
const permissive = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
]);

/** What the workspace's own work may use beside that: it is handed on to nobody. */
const tolerated = new Set(['MPL-2.0', 'CC-BY-4.0', 'AFL-2.1', 'BSD License']);

/** Packages whose manifests say nothing; their licence is in a file or a README of theirs. */
const readByHand: Readonly<Record<string, string>> = {
  'bufrw@1.4.0': 'MIT',
  'busboy@1.6.0': 'MIT',
  'error@7.0.2': 'MIT',
  'hexer@1.5.0': 'MIT',
  'process@0.10.1': 'MIT',
  'streamsearch@1.1.0': 'MIT',
  'string-template@0.2.1': 'MIT',
  'thriftrw@3.12.0': 'MIT',
};

/** Whether the licence of a package that is used in development, or brought along, is one that we can live with. */
export function licenceIsFine({ name, version, license, dev = false }: LockedPackage): boolean {
  const expression = license ?? readByHand[`${name}@${version}`] ?? '';
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => permissive.has(choice) || (dev && tolerated.has(choice)));
}
