import { LoggingConfigError } from '../config-error.js';
import type { RedactOptions } from './masking.js';
import { object, onlyKnown } from '../option-checks.js';
import { words } from './secret-keys.js';
import { compilePaths } from './secret-paths.js';

/** Checks what is to be masked, and how. @throws LoggingConfigError */
export function redactOf(redact: unknown): RedactOptions | false {
  if (redact === false) return false;
  const options = object('redact', redact) ?? {};
  onlyKnown(
    'option redact.',
    options,
    new Set(['keys', 'except', 'content', 'paths', 'patterns', 'censor']),
  );
  for (const list of ['keys', 'except'] as const) {
    const keys: unknown = options[list];
    if (keys === undefined) continue;
    if (!Array.isArray(keys))
      throw new LoggingConfigError(`redact.${list}`, keys, 'a list of key names');
    keys.forEach((key: unknown, index) => {
      if (typeof key === 'string' && words(key) !== '') return;
      throw new LoggingConfigError(`redact.${list}[${index}]`, key, 'a key name');
    });
  }
  const { content } = options;
  if (content !== undefined && typeof content !== 'boolean') {
    throw new LoggingConfigError('redact.content', content, 'true or false');
  }
  checkPaths(options['paths']);
  checkPatterns(options['patterns']);
  checkCensor(options['censor']);
  return options;
}

function checkPaths(paths: unknown): void {
  if (paths === undefined) return;
  if (!Array.isArray(paths)) throw new LoggingConfigError('redact.paths', paths, 'a list of paths');
  paths.forEach((path: unknown, index) => {
    const expected = 'a path such as user.email, items[*].card or headers["x-key"]';
    if (typeof path !== 'string') {
      throw new LoggingConfigError(`redact.paths[${index}]`, path, expected);
    }
    try {
      compilePaths([path]);
    } catch (error) {
      throw new LoggingConfigError(`redact.paths[${index}]`, path, expected, error);
    }
  });
}

function checkPatterns(patterns: unknown): void {
  if (patterns === undefined || patterns === false) return;
  const expected = 'a list of regular expressions, or false';
  if (!Array.isArray(patterns)) throw new LoggingConfigError('redact.patterns', patterns, expected);
  patterns.forEach((pattern: unknown, index) => {
    if (pattern instanceof RegExp) return;
    throw new LoggingConfigError(`redact.patterns[${index}]`, pattern, 'a regular expression');
  });
}

function checkCensor(censor: unknown): void {
  if (censor === undefined || censor === 'mask' || censor === 'remove') return;
  const { hmacKey } = (censor ?? {}) as { hmacKey?: unknown };
  const isKey = typeof hmacKey === 'string' || hmacKey instanceof Uint8Array;
  // The key itself is not quoted.
  if (isKey && Buffer.byteLength(hmacKey) < 16) {
    throw new LoggingConfigError('redact.censor.hmacKey', '[too short]', '16 bytes at least');
  }
  if (!isKey) {
    throw new LoggingConfigError('redact.censor', censor, '"mask", "remove" or { hmacKey }');
  }
  onlyKnown('option redact.censor.', censor, new Set(['hmacKey']));
}
