import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `tools/release/release.json` says: the one place where the scope of the packages is decided. */
export interface Settings {
  /** The npm scope of every package that is published, such as `@acme`. */
  readonly scope: string;
  /** Whether somebody has shown that the scope is ours on the registry. Nothing is published before. */
  readonly scopeIsProvenOurs: boolean;
  /** The protected environment of the workflow, which npm's trusted publishers name as well. */
  readonly environment: string;
  /** The only branch that is released. */
  readonly branch: string;
}

export const settingsFile = 'tools/release/release.json';

export function readSettings(root: string): Settings {
  return JSON.parse(readFileSync(join(root, settingsFile), 'utf8')) as Settings;
}
