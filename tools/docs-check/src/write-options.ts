// `npm run docs:options`: writes the tables of options of all pages anew, from the types.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documents, workspaceRoot } from './document.js';
import { formatted } from './formatted.js';
import { withOptionTables } from './options-table.js';

for (const { path, text } of documents()) {
  const fresh = withOptionTables(text, dirname(path));
  if (fresh !== text) writeFileSync(join(workspaceRoot, path), await formatted(fresh, path));
}
