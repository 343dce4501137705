import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LanguageModelOptions } from './detectors/language-model.js';
import { tenantPattern } from './tenant.js';
import { readLimits, type Limits } from './limits/limits.js';

/** What the service was asked to do, checked. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  /** Asked for in `Authorization: Bearer …`; undefined on loopback only. */
  readonly token: string | undefined;
  /** Tokens by tenant, which show what is theirs and nothing else. */
  readonly tenantTokens: ReadonlyMap<string, string>;
  /** Addresses and networks of proxies that are believed who the client is. */
  readonly trustedProxies: readonly string[];
  readonly limits: Limits;
  /** Where the embedded database and the key of this deployment live. */
  readonly dataDirectory: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly languageModel: LanguageModelOptions | undefined;
  readonly webhook: { readonly url: string; readonly secret: string | undefined } | undefined;
  readonly alertmanagerUrl: string | undefined;
  readonly textHmacKey: string | undefined;
  readonly allowFaults: boolean;
  /** False: nothing observes it, to measure what that costs. */
  readonly observability: boolean;
  /** Length of one window of the anomaly monitor. */
  readonly windowMillis: number;
  /** Windows that make the baseline of a model. */
  readonly trainingWindows: number;
  readonly traffic: TrafficConfiguration | undefined;
}

export interface TrafficConfiguration {
  /** CSV with a TIMESTAMP column; undefined for the built-in arrivals. */
  readonly trace: string | undefined;
  /** JSON lines with a `text` field; undefined for the built-in corpus. */
  readonly texts: string | undefined;
  readonly speed: number;
}

export const usage = `Usage: npm start -- [options]
  --trace FILE         replay the arrival times of a CSV with a TIMESTAMP column
  --texts FILE         take the texts from JSON lines with a "text" field
  --speed N            times faster than the trace (default 1; built-in traffic 4)
  --no-traffic         serve only
  --allow-faults       allow POST /faults
  --no-observability   serve /map and /health only, observed by nothing
  --window SECONDS     window of the anomaly monitor (default 1)
  --training N         windows that make a baseline, at least 50 (default 60)
Environment: HOST PORT AUTH_TOKEN TENANT_TOKENS TRUST_PROXY DATABASE_URL REDIS_URL DATA_DIR TEXT_HMAC_KEY OPENAI_BASE_URL OPENAI_API_KEY
  OPENAI_MODEL OPENAI_TIMEOUT_SECONDS ALERT_WEBHOOK_URL ALERT_WEBHOOK_SECRET ALERTMANAGER_URL LOG_LEVEL OTEL_TRACES_EXPORTER
  OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_JAEGER_AGENT_HOST OTEL_EXPORTER_JAEGER_AGENT_PORT OTEL_EXPORTER_JAEGER_ENDPOINT
  RATE_LIMIT_CLIENT RATE_LIMIT_TENANT RATE_LIMIT_LOGIN MAX_BODY_BYTES MAX_TEXT_CHARACTERS MAX_BATCH_ITEMS MAX_STREAMS`;

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** @throws ConfigurationError that names the option or variable and its value. */
export function readConfiguration(args: readonly string[], env: NodeJS.ProcessEnv): Configuration {
  const options = parseOptions(args);
  const variable = (name: string): string | undefined => env[name] || undefined;
  const host = variable('HOST') ?? '127.0.0.1';
  const token = variable('AUTH_TOKEN');
  if (!isLoopback(host) && token === undefined) {
    throw new ConfigurationError(
      `HOST="${host}" listens beyond loopback, where metrics and alerts name tenants: set AUTH_TOKEN to a secret`,
    );
  }
  if (token !== undefined && token.length < 16) {
    throw new ConfigurationError(`AUTH_TOKEN has ${token.length} characters: it takes at least 16`);
  }
  if (options['no-observability'] === true && options['allow-faults'] === true) {
    throw new ConfigurationError('--allow-faults needs what --no-observability leaves out');
  }
  const { trace, texts, speed } = options;
  return {
    host,
    port: number('PORT', variable('PORT') ?? '3000', { min: 0, max: 65_535, whole: true }),
    token,
    tenantTokens: tenantTokens(variable('TENANT_TOKENS'), token),
    trustedProxies: trustedProxies(variable('TRUST_PROXY')),
    limits: readLimits(variable, number, token !== undefined),
    dataDirectory: variable('DATA_DIR') ?? defaultDataDirectory(env),
    databaseUrl: url('DATABASE_URL', variable('DATABASE_URL'), ['postgres:', 'postgresql:']),
    redisUrl: url('REDIS_URL', variable('REDIS_URL'), ['redis:', 'rediss:']),
    languageModel: languageModel(variable),
    webhook: webhook(variable),
    alertmanagerUrl: url('ALERTMANAGER_URL', variable('ALERTMANAGER_URL'), ['http:', 'https:']),
    textHmacKey: variable('TEXT_HMAC_KEY'),
    allowFaults: options['allow-faults'] ?? false,
    observability: options['no-observability'] !== true,
    windowMillis: 1000 * number('--window', options.window ?? '1', { min: 0.1, max: 3600 }),
    trainingWindows: number('--training', options.training ?? '60', {
      min: 50,
      max: 100_000,
      whole: true,
    }),
    traffic:
      options['no-traffic'] === true
        ? undefined
        : {
            trace,
            texts,
            speed: number('--speed', speed ?? (trace === undefined ? '4' : '1'), {
              min: 0.01,
              max: 1000,
            }),
          },
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        trace: { type: 'string' },
        texts: { type: 'string' },
        speed: { type: 'string' },
        'no-traffic': { type: 'boolean' },
        'allow-faults': { type: 'boolean' },
        'no-observability': { type: 'boolean' },
        window: { type: 'string' },
        training: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ConfigurationError(`${(error as Error).message}\n${usage}`);
  }
}

function number(
  name: string,
  text: string,
  range: { min: number; max: number; whole?: boolean },
): number {
  const value = Number(text);
  if (
    text.trim() === '' ||
    !(value >= range.min && value <= range.max) ||
    (range.whole && !Number.isInteger(value))
  ) {
    const kind = range.whole ? 'a whole number' : 'a number';
    throw new ConfigurationError(
      `${name} is "${text}": it takes ${kind} from ${range.min} to ${range.max}`,
    );
  }
  return value;
}

function url(
  name: string,
  text: string | undefined,
  protocols: readonly string[],
): string | undefined {
  if (text === undefined) return undefined;
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    // The value may hold a password, so only its beginning is named.
    throw new ConfigurationError(
      `${name} begins with "${text.slice(0, 8)}": it takes a URL with ${protocols.join(' or ')}`,
    );
  }
  return text;
}

function languageModel(
  variable: (name: string) => string | undefined,
): LanguageModelOptions | undefined {
  const baseUrl = url('OPENAI_BASE_URL', variable('OPENAI_BASE_URL'), ['http:', 'https:']);
  if (baseUrl === undefined) return undefined;
  const model = variable('OPENAI_MODEL');
  if (model === undefined)
    throw new ConfigurationError('OPENAI_BASE_URL is set and OPENAI_MODEL is not: name the model');
  const seconds = number('OPENAI_TIMEOUT_SECONDS', variable('OPENAI_TIMEOUT_SECONDS') ?? '30', {
    min: 0.1,
    max: 600,
  });
  return {
    baseUrl,
    model,
    apiKey: variable('OPENAI_API_KEY') ?? 'none',
    timeoutMillis: seconds * 1000,
  };
}

function webhook(variable: (name: string) => string | undefined): Configuration['webhook'] {
  const address = url('ALERT_WEBHOOK_URL', variable('ALERT_WEBHOOK_URL'), ['http:', 'https:']);
  return address === undefined
    ? undefined
    : { url: address, secret: variable('ALERT_WEBHOOK_SECRET') };
}

/** `tenant=token,…`; a token is never repeated in an error. */
function tenantTokens(
  text: string | undefined,
  operators: string | undefined,
): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  if (text === undefined) return tokens;
  const refuse = (why: string): never => {
    throw new ConfigurationError(`TENANT_TOKENS ${why}`);
  };
  if (operators === undefined) refuse('is set and AUTH_TOKEN is not: it takes both');
  for (const pair of text.split(',')) {
    const [tenant = '', ...rest] = pair.split('=');
    const token = rest.join('=');
    if (!tenantPattern.test(tenant)) refuse(`names the tenant "${tenant.slice(0, 64)}"`);
    if (token.length < 16) refuse(`gives "${tenant}" a token of ${token.length} characters: it takes at least 16`); // prettier-ignore
    if (tokens.has(tenant)) refuse(`names the tenant "${tenant}" twice`);
    if (token === operators || [...tokens.values()].includes(token)) {
      refuse(`gives "${tenant}" a token that somebody else has`);
    }
    tokens.set(tenant, token);
  }
  return tokens;
}

function trustedProxies(text: string | undefined): readonly string[] {
  const all = text?.split(',') ?? [];
  for (const one of all) {
    const [address = '', bits] = one.split('/');
    const most = { 4: 32, 6: 128 }[isIP(address)];
    if (most === undefined || (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most)))
      throw new ConfigurationError(
        `TRUST_PROXY has "${one.slice(0, 100)}": it takes addresses and networks, such as 10.0.0.0/8`,
      );
  }
  return all;
}

/** Whether a name or address is of this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function defaultDataDirectory(env: NodeJS.ProcessEnv): string {
  // Root runs Postgres as another user, who cannot enter root's home.
  if (process.getuid?.() === 0) return '/var/lib/llm-observability/reference';
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'llm-observability', 'reference');
}
