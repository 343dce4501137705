import { join } from 'node:path';
import ts from 'typescript';
import { ApiSurface } from './api-surface.js';
import type { PublishedPackage } from './published-package.js';

/** What one entry of a package exports, as it is committed for reviewers and releases to compare. */
export interface ApiReport {
  /** The file for it: `…/packages/logging/api/fastify.txt`. */
  readonly file: string;
  readonly text: string;
}

/** Reads the declarations that were built of all entries of packages. */
export function apiReports(packages: readonly PublishedPackage[]): readonly ApiReport[] {
  const entries = packages.flatMap(({ directory, manifest }) =>
    Object.values(manifest.exports).flatMap((target) => {
      const { types } = target as { readonly types?: string };
      return types === undefined ? [] : [{ directory, types: join(directory, types) }];
    }),
  );
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
    },
  );
  const checker = program.getTypeChecker();
  return entries.map(({ directory, types }) => {
    const source = program.getSourceFile(types);
    if (source === undefined) throw new Error(`${types} is not built`);
    const surface = new ApiSurface(checker, source, join(directory, 'dist/'));
    const file = types.replace(/.*\/dist\/(.+)\.d\.ts$/, 'api/$1.txt');
    return { file: join(directory, file), text: `${about}\n${surface.toString()}` };
  });
}

const about = '# What users can rely on, a line each. Written by `npm run api`';
