import { AlertingConfigError, checkedNumber, checkedObject } from './configuration.js';
import { durationMillis, type Duration } from './duration.js';
import {
  checkedReference,
  isReference,
  type EnvironmentReference,
} from './environment-reference.js';

/** A channel as data, by its type; its name is the key that it stands under. See `channelsOf`. */
export type ChannelDefinition = LogChannelDefinition | WebhookChannelDefinition;

/** See `logChannel`. */
export interface LogChannelDefinition {
  readonly type: 'log';
}

/** How a channel with a receiver is paced; the channel's options say what is meant, and the defaults. */
export interface PacedDefinition {
  readonly timeout?: Duration;
  readonly concurrency?: number;
  readonly rate?: { readonly count: number; readonly within: Duration };
}

/** Where a channel's requests may go. */
export interface AddressedDefinition extends PacedDefinition {
  /** Hosts that may be called. Default: the host of `url`. */
  readonly allowedHosts?: readonly string[];
}

/** See `webhookChannel`. */
export interface WebhookChannelDefinition extends AddressedDefinition {
  readonly type: 'webhook';
  readonly url: string | EnvironmentReference;
  readonly secret?: EnvironmentReference;
  readonly headers?: Readonly<Record<string, EnvironmentReference>>;
}

type Check = (path: string, value: unknown) => unknown;

/** A field that must be there has `required`. */
interface Field {
  readonly check: Check;
  readonly required?: true;
}

const secret: Field = { check: checkedReference };
const headers: Field = {
  check: (path, value) => {
    for (const [header, reference] of Object.entries(checkedMap(path, value))) {
      checkedReference(`${path}.${header}`, reference);
    }
  },
};
const url: Field = {
  // A literal address is not quoted: some carry a token.
  check: (path, value) => {
    if (isReference(value)) return;
    if (typeof value !== 'string' || !/^https?:\/\//i.test(value) || !URL.canParse(value)) {
      throw new AlertingConfigError(path, 'must be an http or https URL, or { "env": "NAME" }');
    }
  },
};
const texts: Field = {
  check: (path, value) => {
    if (!Array.isArray(value) || value.length === 0) {
      throw new AlertingConfigError(path, 'must be a list with at least one text', value);
    }
    for (const [index, text] of value.entries()) checkedText(`${path}[${index}]`, text);
  },
};
const paced = {
  timeout: {
    check: (path, value) =>
      checkedNumber(path, durationMillis(path, value, 1), { min: 1, max: 600_000 }),
  },
  concurrency: {
    check: (path, value) => checkedNumber(path, value, { min: 1, max: 1000, integer: true }),
  },
  rate: {
    check: (path, value) => {
      const { count, within } = checkedObject(path, value, ['count', 'within'], { quoted: true });
      checkedNumber(`${path}.count`, count, { min: 1, integer: true });
      durationMillis(`${path}.within`, within, 1);
    },
  },
} satisfies Readonly<Record<string, Field>>;
const addressed = { ...paced, allowedHosts: texts };

/** The fields of each type of channel. */
const fields: Readonly<Record<ChannelDefinition['type'], Readonly<Record<string, Field>>>> = {
  log: {},
  webhook: { url: { ...url, required: true }, secret, headers, ...addressed },
};

/** Throws an error that names the path of the first thing that cannot work, and quotes no secret. */
export function checkDefinitions(
  path: string,
  value: unknown,
): asserts value is Readonly<Record<string, ChannelDefinition>> {
  for (const [name, definition] of Object.entries(checkedMap(path, value))) {
    checkDefinition(`${path}.${name}`, definition);
  }
}

function checkDefinition(path: string, value: unknown): void {
  const { type } = checkedMap(path, value);
  const known = typeof type === 'string' && Object.hasOwn(fields, type);
  if (!known) {
    const types = Object.keys(fields).join(', ');
    throw new AlertingConfigError(`${path}.type`, `must be one of ${types}`, type);
  }
  const ofType = fields[type as ChannelDefinition['type']];
  const definition = checkedObject(path, value, ['type', ...Object.keys(ofType)]);
  for (const [name, { check, required }] of Object.entries(ofType)) {
    if (definition[name] !== undefined) check(`${path}.${name}`, definition[name]);
    else if (required) throw new AlertingConfigError(`${path}.${name}`, 'must be given');
  }
}

function checkedMap(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AlertingConfigError(path, 'must be an object');
  }
  for (const key of Object.keys(value)) checkedText(path, key);
  return value as Readonly<Record<string, unknown>>;
}

function checkedText(path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > 256) {
    throw new AlertingConfigError(path, 'must be text of 1 to 256 characters', value);
  }
  return value;
}
