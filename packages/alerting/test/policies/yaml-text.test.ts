import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AlertingConfigError, loadEscalationPolicies } from '../../src/index.js';
import { parseYaml } from '../../src/policies/yaml-text.js';

describe('policies in YAML', () => {
  it('are read with comments, anchors and durations as people write them', () => {
    const text = `
# Who is told.
policies:
  - name: models
    match: { key: model_anomaly_* }
    channels: &first [chat]
    steps:
      - recurrence: { count: 3, within: 1h }
        channels: [pager]
      - after: 15m
        channels: *first
`;
    expect(loadEscalationPolicies(text, { channels: ['chat', 'pager'] })).toEqual({
      policies: [
        {
          name: 'models',
          match: { key: 'model_anomaly_*' },
          channels: ['chat'],
          steps: [
            { recurrence: { count: 3, within: '1h' }, channels: ['pager'] },
            { after: '15m', channels: ['chat'] },
          ],
        },
      ],
    });
    expect(loadEscalationPolicies('policies: []')).toEqual({ policies: [] });
  });

  it('are checked as JSON is, with the same paths', () => {
    const text = 'policies:\n  - name: a\n    steps:\n      - after: -5m\n        channels: []\n';
    expect(() => loadEscalationPolicies(text)).toThrow(
      'policies[0].steps[0].after: must not be negative, got "-5m"',
    );
    expect(() =>
      loadEscalationPolicies('policies:\n  - name: yes\n    notifyResolved: yes\n'),
    ).toThrow('policies[0].notifyResolved: must be true or false, got "yes"');
  });

  it.each([
    ['line 2, column 1: Map keys must be unique', 'policies: []\npolicies: []'],
    ['line 3, column 1: Map keys must be unique', 'policies: []\na: 1\n"a": 2'],
    ['line 1, column 11: Unresolved tag', 'policies: !js/function "1"'],
    ['line 1, column 11: Unresolved tag', 'policies: !!binary aGVsbG8='],
    ['line 2, column 1: Tabs are not allowed as indentation', 'policies:\n\t- name: a'],
    ['Unresolved alias', 'policies: *nowhere'],
    ['line 1, column 3: With stringKeys, all keys must be strings', '? [1]\n: 2'],
    ['line 2, column 1: Source contains multiple documents', '--- 1\n--- 2'],
  ])('are refused with the place: %s', (message, text) => {
    expect(() => parseYaml('policies.yaml', text)).toThrow(AlertingConfigError);
    expect(() => parseYaml('policies.yaml', text)).toThrow(message);
    expect(() => parseYaml('policies.yaml', text)).toThrow(/^policies\.yaml: is not YAML/);
  });

  it('that multiply themselves by aliases are refused, and those that hold themselves', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      const aliases = Array<string>(9)
        .fill(`*a${level - 1}`)
        .join(', ');
      lines.push(`a${level}: &a${level} [${aliases}]`);
    }
    expect(() => parseYaml('bomb', lines.join('\n'))).toThrow('Excessive alias count');
    expect(() => loadEscalationPolicies('policies: &p [*p]\n')).toThrow(
      'policies[0]: must be an object, got a list of 1',
    );
  });

  it('name the package to install when it is missing', () => {
    // Out of reach of every node_modules that has it.
    const folder = mkdtempSync(join(tmpdir(), 'without-yaml-'));
    try {
      cpSync(new URL('../../dist', import.meta.url), join(folder, 'dist'), { recursive: true });
      cpSync(new URL('../../package.json', import.meta.url), join(folder, 'package.json'));
      const entry = pathToFileURL(join(folder, 'dist', 'index.js')).href;
      const program = `
        import { loadEscalationPolicies } from ${JSON.stringify(entry)};
        loadEscalationPolicies('{"policies": []}');
        try { loadEscalationPolicies('policies: []'); } catch (error) { console.log(error.name, error.message); }
      `;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(output.trim()).toBe(
        'AlertingConfigError policies: is YAML, which needs a package: npm install yaml',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
