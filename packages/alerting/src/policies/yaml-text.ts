import { AlertingConfigError } from '../configuration.js';
import { ownRequire } from '../own-require.js';

/** How often a text may refer to its anchors. */
const maxAliases = 100;

/**
 * The data of a YAML 1.2 text, by the optional peer `yaml`: no tags of one's own, no key twice. Errors
 * name the line and column but repeat nothing of the text, where a secret may stand.
 */
export function parseYaml(name: string, text: string): unknown {
  const { parseDocument, LineCounter } = yamlPackage(name);
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    customTags: [],
    resolveKnownTags: false,
    merge: false,
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    throw notYaml(name, `line ${line}, column ${col}: ${withoutExcerpt(problem.message)}`);
  }
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw notYaml(name, error instanceof Error ? withoutExcerpt(error.message) : 'unknown');
  }
}

function notYaml(name: string, reason: string): AlertingConfigError {
  return new AlertingConfigError(name, `is not YAML that can be used (${reason})`);
}

/** Messages of `yaml` end with what they are about, after a colon. */
function withoutExcerpt(message: string): string {
  return message.replace(/(?<=.): .*$/s, '').slice(0, 200);
}

function yamlPackage(name: string): typeof import('yaml') {
  try {
    return ownRequire('yaml') as typeof import('yaml');
  } catch {
    throw new AlertingConfigError(name, 'is YAML, which needs a package: npm install yaml');
  }
}
