import { join } from 'node:path';
import prettier from 'prettier';
import { workspaceRoot } from './document.js';

/** A page as `npm run format` leaves it. */
export async function formatted(text: string, path: string): Promise<string> {
  const filepath = join(workspaceRoot, path);
  return prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
}
