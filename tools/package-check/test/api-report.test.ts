import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { throwawayDirectory } from 'test-services';
import { describe, expect, it } from 'vitest';
import { apiReports } from '../src/api-report.js';
import { publishedPackages, workspaceRoot } from '../src/published-package.js';

describe('the committed reports', () => {
  const packages = publishedPackages();
  const reports = apiReports(packages).map((report) => ({
    ...report,
    name: relative(workspaceRoot, report.file),
  }));

  it.each(packages)('of $name are one for each entry, and no other', ({ directory }) => {
    const folder = join(directory, 'api');
    const own = reports.filter(({ file }) => file.startsWith(folder)).map(({ file }) => file);
    expect(readdirSync(folder).map((name) => join(folder, name))).toEqual(own.sort());
  });

  it.each(reports)('$name says what is exported (else: npm run api)', ({ file, text }) => {
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

/** The lines of a report on these declarations, without the first, which is about the report. */
function linesOf(index: string, other = ''): readonly string[] {
  const directory = throwawayDirectory('api');
  mkdirSync(join(directory, 'dist'));
  writeFileSync(join(directory, 'dist/index.d.ts'), index);
  writeFileSync(join(directory, 'dist/other.d.ts'), other);
  const exports = { '.': { types: './dist/index.d.ts' } };
  const manifest = { name: '@some/package', version: '1.0.0', type: 'module', exports };
  const [report] = apiReports([{ name: manifest.name, directory, manifest }]);
  return (report?.text ?? '').trimEnd().split('\n').slice(1);
}

describe('a report', () => {
  it('has a line for each way to call a function, overloads and arguments left out included', () => {
    const source = `export declare function one<T>(a: T, b?: string, ...rest: number[]): void;
      export declare function two(a: 1): 1;
      export declare function two(a: 2): 2;`;
    expect(linesOf(source)).toEqual([
      'function one<T>(a: T): void',
      'function one<T>(a: T, b: string): void',
      'function one<T>(a: T, b: string, ...rest: number[]): void',
      'function two(a: 1): 1',
      'function two(a: 2): 2',
    ]);
  });

  it('leaves out what only the package may use, and comments', () => {
    const source = `/** Watches. */
      export declare class Monitor extends Map<string, number> {
        #private;
        private secret;
        /** @internal */
        inner(): void;
        /** How many. */
        readonly size: number;
        protected constructor(name?: string);
        static of(name: string): Monitor;
      }`;
    expect(linesOf(source)).toEqual([
      'class Monitor extends Map<string, number>',
      'Monitor: protected constructor()',
      'Monitor: protected constructor(name: string)',
      'Monitor: readonly size: number',
      'Monitor: static of(name: string): Monitor',
    ]);
  });

  it('tells what users hand over from what they get, through callbacks and what is not exported', () => {
    const source = `import type { Inner, Seen } from './other.js';
      export { limit as most } from './other.js';
      export interface Options { readonly inner?: Inner; onSeen?(seen: Seen): void }
      export declare function watch(options: Options): Promise<Result>;
      export type Result = 'seen' | 'lost';`;
    const other = `export interface Inner { size: number }
      export interface Seen { at: Date }
      export interface Unused { nothing: true }
      export declare const limit: 5;`;
    expect(linesOf(source, other)).toEqual([
      'interface Options, given by users',
      'Options: onSeen?(seen: Seen): void',
      'Options: readonly inner?: Inner',
      'type Result',
      "Result: is 'seen'",
      "Result: is 'lost'",
      'const most: 5',
      'function watch(options: Options): Promise<Result>',
      '# Not exported, but named by what is',
      'interface Inner, given by users',
      'Inner: size: number',
      'interface Seen',
      'Seen: at: Date',
    ]);
  });
});
