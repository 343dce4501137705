import { readFileSync } from 'node:fs';
import { AlertingConfigError } from '../configuration.js';
import { checkPolicies } from './policy-check.js';
import type { ChannelDefinition } from './channel-definition.js';
import type { EscalationPolicies } from './policy.js';
import { parseYaml } from './yaml-text.js';

/** What `loadEscalationPolicies` checks beside the shape. */
export interface LoadEscalationPoliciesOptions<Name extends string = string> {
  /** Names of the channels that exist beside those that the file defines; a policy that names another is refused. Default: checked here where the file defines channels, otherwise by `AlertingSystem`. */
  readonly channels?: readonly Name[];
}

/** The names that policies may use: those given and those defined, or any where neither is. */
export type KnownChannel<Given extends string, Defined extends string> = [Given | Defined] extends [
  never,
]
  ? string
  : Given | Defined;

/**
 * Loads escalation policies from an object, from a file (YAML if it ends in `.yaml` or `.yml`, otherwise
 * JSON), or from text: JSON begins with `{`, YAML has several lines or begins with `policies:`. YAML
 * needs the package `yaml`. In policies written in code the compiler checks the names of channels.
 *
 * @throws AlertingConfigError naming the path and the value that cannot work.
 */
export function loadEscalationPolicies<
  const Given extends string = never,
  const Defined extends string = never,
>(
  source:
    | (EscalationPolicies<NoInfer<KnownChannel<Given, Defined>>> & {
        readonly channels?: Readonly<Record<Defined, ChannelDefinition>>;
      })
    | string
    | URL,
  options: LoadEscalationPoliciesOptions<Given> = {},
): EscalationPolicies<KnownChannel<Given, Defined>> {
  const value =
    typeof source === 'string' || source instanceof URL ? parse(source) : copyOf(source);
  checkPolicies(value, knownChannels(value, options.channels));
  return value as EscalationPolicies<KnownChannel<Given, Defined>>;
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
