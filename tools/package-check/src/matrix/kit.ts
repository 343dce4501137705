import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '../published-package.js';
import type { Trials } from './outcome.js';

/** What the folders of consumers are made with. */
export interface Kit {
  readonly trials: Trials;
  readonly specifiers: readonly string[];
  readonly npmrc: string;
}

/** A program of a user's, by its name in `fixtures/consumers`. */
export function programSource(name: string): string {
  const file = join(workspaceRoot, 'tools/package-check/fixtures/consumers', `${name}.ts`);
  return readFileSync(file, 'utf8');
}
