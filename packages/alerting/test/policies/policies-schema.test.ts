import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { loadEscalationPolicies } from '../../src/index.js';
import { badPolicies, goodPolicies } from './policy-examples.js';

const schema = JSON.parse(
  readFileSync(new URL('../../policies.schema.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;
const fits = new Ajv({ schemaId: 'auto' }).compile(schema);

/** Every object of the schema that lists properties, with what it allows. */
function shapes(node: unknown): string[][] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties } = node as { readonly properties?: object };
  const inner = Object.values(node).flatMap(shapes);
  return properties === undefined ? inner : [Object.keys(properties), ...inner];
}

describe('the JSON Schema of policy files', () => {
  it('takes what the checker takes, which uses every key that the schema has', () => {
    const load = () => loadEscalationPolicies(goodPolicies, { channels: ['chat', 'pager'] });
    expect(load).not.toThrow();
    expect(fits(goodPolicies), JSON.stringify(fits.errors)).toBe(true);
    const text = JSON.stringify(goodPolicies);
    const unused = shapes(schema)
      .flat()
      .filter((key) => !text.includes(`"${key}":`));
    expect(unused).toEqual([]);
  });

  it.each(badPolicies)('agrees with the checker on: %s', (_, data, beyond) => {
    expect(() => loadEscalationPolicies(data as never, { channels: ['chat'] })).toThrow();
    expect(fits(data)).toBe(beyond === 'beyond');
  });
});
