import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where this module is. Bundled into CommonJS it cannot tell: then packages are looked for from where the process was
 * started.
 */
export const ownUrl: string =
  import.meta.url || pathToFileURL(join(process.cwd(), 'bundle.js')).href;

/** Loads what is CommonJS, or optional, when it is asked for. */
export const ownRequire: NodeJS.Require = createRequire(ownUrl);
