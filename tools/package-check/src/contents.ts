import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A piece of code that entries share; its name has a hash of what is in it. */
const sharedPiece = /^dist\/[\w-]+-[\w-]{8}\.js$/;
const declaration = /^dist\/(.+)\.d\.ts$/;

/**
 * The files of a tarball, as reviewers want to read them: pieces of code that entries share stand in one line, and so
 * do declarations, each of which has to belong to a source file of the package. The changelog comes with a release.
 *
 * @throws Error that names the declarations of sources that are gone.
 */
export function contents(files: readonly string[], directory: string): string {
  const orphans = files.filter((file) => {
    const source = declaration.exec(file)?.[1];
    return source !== undefined && !existsSync(join(directory, 'src', `${source}.ts`));
  });
  if (orphans.length > 0) throw new Error(`Declarations without a source: ${orphans.join(', ')}`);
  const lines = files
    .filter((file) => file !== 'CHANGELOG.md')
    .map((file) =>
      declaration.test(file)
        ? 'dist/**/*.d.ts'
        : sharedPiece.test(file)
          ? 'dist/*-<hash>.js'
          : file,
    );
  return `${[...new Set(lines)].sort().join('\n')}\n`;
}
