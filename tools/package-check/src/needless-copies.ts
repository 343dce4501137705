import { satisfies } from 'semver';

/** One place in a lock file: the root, a workspace or an installed package. */
export interface LockedPlace {
  readonly version?: string;
  /** A workspace as others see it, which is locked at its own place. */
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The `packages` of a lock file: places by path. */
export type LockedPlaces = Readonly<Record<string, LockedPlace>>;

/**
 * The copies of packages that a lock file could do without, as `nx/node_modules/ignore 7.0.5, beside 7.0.16`: one hides
 * another of the same name, and all that ask for one of the two would take the other. `npm dedupe` merges them; it has
 * to ask the registry, this does not.
 */
export function needlessCopies(places: LockedPlaces): readonly string[] {
  const wanted = rangesByPath(places);
  const takes = (path: string, version: string | undefined): boolean =>
    (wanted.get(path) ?? []).every((range) => accepts(range, places[path]?.version, version));
  return Object.keys(places).flatMap((path) => {
    const [, owner = '', name] = /^(.+)\/node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined) return [];
    const hidden = seenFrom(places, outside(owner) ?? '', name);
    if (hidden === undefined || places[path]?.link === true || places[hidden]?.link === true) {
      return [];
    }
    const version = places[path]?.version;
    const hiddenVersion = places[hidden]?.version;
    return takes(path, hiddenVersion) || takes(hidden, version)
      ? [`${path.replace(/^node_modules\//, '')} ${version}, beside ${hiddenVersion}`]
      : [];
  });
}

/** What is asked of the package at each path. */
function rangesByPath(places: LockedPlaces): ReadonlyMap<string, readonly string[]> {
  const ranges = new Map<string, string[]>();
  for (const [from, place] of Object.entries(places)) {
    const asked = {
      ...place.peerDependencies,
      ...place.devDependencies,
      ...place.optionalDependencies,
      ...place.dependencies,
    };
    for (const [name, range] of Object.entries(asked)) {
      const path = seenFrom(places, from, name);
      if (path !== undefined) ranges.set(path, [...(ranges.get(path) ?? []), range]);
    }
  }
  return ranges;
}

/** Whether another version would do; what an override brought, against the range, stays as it is. */
function accepts(range: string, present: string | undefined, other: string | undefined): boolean {
  return satisfies(present ?? '', range) && satisfies(other ?? '', range);
}

/** Where Node finds a package: in the nearest `node_modules` around the folder. */
function seenFrom(places: LockedPlaces, from: string, name: string): string | undefined {
  for (let folder: string | undefined = from; folder !== undefined; folder = outside(folder)) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in places) return path;
  }
  return undefined;
}

/** The next folder around one that may have `node_modules`; undefined around the root. */
function outside(folder: string): string | undefined {
  if (folder === '') return undefined;
  const inner = folder.lastIndexOf('/node_modules/');
  return inner < 0 ? '' : folder.slice(0, inner);
}
