import { readFileSync } from 'node:fs';
import { AlertingConfigError } from './configuration.js';
import { checkPolicies } from './policy-check.js';
import type { EscalationPolicies } from './policy.js';
import { parseYaml } from './yaml-text.js';

/** What `loadEscalationPolicies` checks beside the shape. */
export interface LoadEscalationPoliciesOptions {
  /** Names of the channels that exist beside those that the file defines; a policy that names another is refused. Default: checked here where the file defines channels, otherwise by `AlertingSystem`. */
  readonly channels?: readonly string[];
}

/**
 * Loads escalation policies from an object, from a file (YAML if it ends in `.yaml` or `.yml`, otherwise
 * JSON), or from text: JSON begins with `{`, YAML has several lines or begins with `policies:`. YAML
 * needs the package `yaml`.
 *
 * @throws AlertingConfigError naming the path and the value that cannot work.
 */
export function loadEscalationPolicies(
  source: EscalationPolicies | string | URL,
  options: LoadEscalationPoliciesOptions = {},
): EscalationPolicies {
  const value =
    typeof source === 'string' || source instanceof URL ? parse(source) : copyOf(source);
  checkPolicies(value, knownChannels(value, options.channels));
  return value;
}

function knownChannels(
  value: unknown,
  given: readonly string[] | undefined,
): readonly string[] | undefined {
  const { channels: defined } = (value ?? {}) as { readonly channels?: unknown };
  if (typeof defined !== 'object' || defined === null) return given;
  return [...new Set([...(given ?? []), ...Object.keys(defined)])];
}

function parse(source: string | URL): unknown {
  const asText = typeof source === 'string' ? languageOf(source) : null;
  if (typeof source === 'string' && asText !== null) return parseText('policies', source, asText);
  const name = String(source);
  let text: string;
  try {
    text = readFileSync(source, 'utf8');
  } catch (error) {
    throw new AlertingConfigError(name, `cannot be read (${messageOf(error)})`);
  }
  return parseText(name, text, /\.ya?ml$/i.test(name) ? 'yaml' : 'json');
}

/** Which language a text is in, or null: it is the path of a file. */
function languageOf(text: string): 'json' | 'yaml' | null {
  if (text.trimStart().startsWith('{')) return 'json';
  return /[\r\n]/.test(text) || /^(?:policies|channels) *:/.test(text) ? 'yaml' : null;
}

function parseText(name: string, text: string, language: 'json' | 'yaml'): unknown {
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (language === 'yaml') return parseYaml(name, content);
  try {
    return JSON.parse(content) as unknown;
  } catch (error) {
    throw new AlertingConfigError(name, `is not JSON (${withoutExcerpt(messageOf(error))})`);
  }
}

function copyOf(source: unknown): unknown {
  try {
    return structuredClone(source);
  } catch (error) {
    throw new AlertingConfigError('policies', `must be plain data (${messageOf(error)})`);
  }
}

/** Some messages repeat the text around the place, where a secret may stand. */
function withoutExcerpt(message: string): string {
  return message.replace(/,? (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
