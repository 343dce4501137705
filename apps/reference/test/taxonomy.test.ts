import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { categories } from '../src/detectors/detector.js';
import { loadTaxonomy } from '../src/taxonomy.js';

const text = readFileSync(new URL('../data/taxonomy.json', import.meta.url), 'utf8');

describe('loadTaxonomy', () => {
  it('maps every category to controls of all five frameworks', () => {
    const controlsOf = loadTaxonomy();
    for (const category of categories) {
      const frameworks = new Set(controlsOf(category).map(({ framework }) => framework));
      expect([...frameworks].sort(), category).toEqual([
        'GDPR',
        'HIPAA',
        'ISO27001',
        'OWASP_LLM',
        'SOC2',
      ]);
    }
  });

  it('gives each control its framework version and severity', () => {
    expect(loadTaxonomy()('prompt_injection')).toContainEqual({
      framework: 'OWASP_LLM',
      frameworkVersion: '2025',
      control: 'LLM01:2025',
      severity: 'high',
    });
  });

  it.each([
    ['a category that is missing', '"iban"', '"ibam"', '"iban"'],
    ['a severity that does not exist', '"severity": "low"', '"severity": "mild"', '"mild"'],
    ['a framework that is not described', '"GDPR": {', '"GDPA": {', '"GDPR"'],
  ])('names %s', (_what, from, to, named) => {
    expect(() => loadTaxonomy(text.replace(from, to))).toThrow(named);
  });
});
