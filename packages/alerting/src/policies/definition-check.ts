import type { ChannelDefinition } from './channel-definition.js';
import { AlertingConfigError, checkedNumber, checkedObject } from '../configuration.js';
import { durationMillis } from '../duration.js';
import { checkedReference, isReference } from './environment-reference.js';

type Check = (path: string, value: unknown) => unknown;

/** How each field is checked; the name of one that must be there ends in `!`. */
type Fields = Readonly<Record<string, Check>>;

const text: Check = (path, value) => {
  if (typeof value !== 'string' || value === '' || value.length > 256) {
    throw new AlertingConfigError(path, 'must be text of 1 to 256 characters', value);
  }
};

const texts: Check = (path, value) => {
  if (!Array.isArray(value) || value.length === 0) {
    throw new AlertingConfigError(path, 'must be a list with at least one text', value);
  }
  for (const [index, item] of value.entries()) text(`${path}[${index}]`, item);
};

const flag: Check = (path, value) => {
  if (typeof value !== 'boolean') {
    throw new AlertingConfigError(path, 'must be true or false', value);
  }
};

const oneOf =
  (...known: readonly string[]): Check =>
  (path, value) => {
    if (!(known as readonly unknown[]).includes(value)) {
      throw new AlertingConfigError(path, `must be one of ${known.join(', ')}`, value);
    }
  };

/** A literal address is not quoted: some carry a token. */
const url: Check = (path, value) => {
  if (isReference(value)) return;
  if (typeof value !== 'string' || !/^https?:\/\/[^/]/i.test(value) || !URL.canParse(value)) {
    throw new AlertingConfigError(path, 'must be an http or https URL, or { "env": "NAME" }');
  }
};

const headers: Check = (path, value) => {
  for (const [header, reference] of Object.entries(checkedMap(path, value))) {
    checkedReference(`${path}.${header}`, reference);
  }
};

const paced: Fields = {
  timeout: (path, value) =>
    checkedNumber(path, durationMillis(path, value, 1), { min: 1, max: 600_000 }),
  concurrency: (path, value) => checkedNumber(path, value, { min: 1, max: 1000, integer: true }),
  rate: (path, value) => {
    const { count, within } = checkedObject(path, value, ['count', 'within'], { quoted: true });
    checkedNumber(`${path}.count`, count, { min: 1, integer: true });
    durationMillis(`${path}.within`, within, 1);
  },
};
const addressed: Fields = { ...paced, allowedHosts: texts };

const smtp: Fields = {
  'host!': text,
  port: (path, value) => checkedNumber(path, value, { min: 1, max: 65_535, integer: true }),
  secure: flag,
  requireTLS: flag,
  auth: (path, value) =>
    checkFields(path, value, {
      'user!': (at, user) => (isReference(user) ? user : text(at, user)),
      'pass!': checkedReference,
    }),
};

/** The fields of each type of channel. */
const fields: Readonly<Record<ChannelDefinition['type'], Fields>> = {
  log: {},
  webhook: {
    'url!': url,
    secret: checkedReference,
    headers,
    format: oneOf('native', 'alertmanager'),
    ...addressed,
  },
  slack: {
    url: checkedReference,
    token: checkedReference,
    channel: text,
    buttons: flag,
    ...addressed,
  },
  pagerduty: { 'routingKey!': checkedReference, url, source: text, ...addressed },
  email: {
    'from!': text,
    'to!': (path, value) => (Array.isArray(value) ? texts(path, value) : text(path, value)),
    'smtp!': (path, value) => checkFields(path, value, smtp),
    subjectPrefix: text,
    ...paced,
  },
  alertmanager: {
    'url!': url,
    headers,
    expireAfter: (path, value) => durationMillis(path, value, 1000),
    ...addressed,
  },
};

/** Throws an error that names the path of the first thing that cannot work, and quotes no secret. */
export function checkDefinitions(
  path: string,
  value: unknown,
): asserts value is Readonly<Record<string, ChannelDefinition>> {
  for (const [name, definition] of Object.entries(checkedMap(path, value))) {
    const at = `${path}.${name}`;
    const { type, ...rest } = checkedMap(at, definition);
    const ofType = oneOf(...Object.keys(fields));
    ofType(`${at}.type`, type);
    checkFields(at, definition, { type: ofType, ...fields[type as ChannelDefinition['type']] });
    if (type === 'slack') checkSlack(at, rest);
  }
}

function checkSlack(path: string, definition: Readonly<Record<string, unknown>>): void {
  if (definition['token'] === undefined) {
    if (definition['url'] === undefined) {
      throw new AlertingConfigError(path, 'must have "url", or "token" and "channel"');
    }
  } else if (definition['channel'] === undefined) {
    throw new AlertingConfigError(`${path}.channel`, 'must be given with a token');
  }
}

function checkFields(path: string, value: unknown, checks: Fields): void {
  const names = Object.keys(checks).map((name) => name.replace('!', ''));
  const owner = checkedObject(path, value, names);
  for (const [field, check] of Object.entries(checks)) {
    const name = field.replace('!', '');
    const at = `${path}.${name}`;
    if (owner[name] !== undefined) check(at, owner[name]);
    else if (name !== field) throw new AlertingConfigError(at, 'must be given');
  }
}

function checkedMap(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AlertingConfigError(path, 'must be an object');
  }
  for (const key of Object.keys(value)) text(path, key);
  return value as Readonly<Record<string, unknown>>;
}
