import { readFileSync } from 'node:fs';
import { AlertingConfigError } from './configuration.js';
import { checkPolicies } from './policy-check.js';
import type { EscalationPolicies } from './policy.js';

/** What `loadEscalationPolicies` checks beside the shape. */
export interface LoadEscalationPoliciesOptions {
  /** Names of the channels that exist; a policy that names another is refused. Default: not checked here, but by `AlertingSystem`. */
  readonly channels?: readonly string[];
}

/**
 * Loads escalation policies from an object, from JSON text (it begins with `{`), or from a JSON file.
 *
 * @throws AlertingConfigError naming the path and the value that cannot work.
 */
export function loadEscalationPolicies(
  source: EscalationPolicies | string | URL,
  options: LoadEscalationPoliciesOptions = {},
): EscalationPolicies {
  const value =
    typeof source === 'string' || source instanceof URL ? parse(source) : structuredClone(source);
  checkPolicies(value, options.channels);
  return value;
}

function parse(source: string | URL): unknown {
  const isText = typeof source === 'string' && source.trimStart().startsWith('{');
  const name = isText ? 'policies' : String(source);
  let text: string;
  try {
    text = isText ? source : readFileSync(source, 'utf8');
  } catch (error) {
    throw new AlertingConfigError(name, `cannot be read (${messageOf(error)})`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new AlertingConfigError(name, `is not JSON (${messageOf(error)})`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
