import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { AlertingConfigError, loadEscalationPolicies } from '../../src/index.js';
import { badPolicies, goodPolicies as good } from './policy-examples.js';

describe('loadEscalationPolicies', () => {
  it('takes an object, JSON or YAML text, and paths and URLs of such files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'policies-'));
    try {
      const json = join(folder, 'policies.json');
      writeFileSync(json, `\ufeff${JSON.stringify(good)}`);
      const yaml = join(folder, 'policies.YAML');
      writeFileSync(yaml, stringify(good));
      const yml = join(folder, 'policies.yml');
      writeFileSync(yml, JSON.stringify(good));
      const files = [json, yaml, yml].flatMap((path) => [path, pathToFileURL(path)]);
      for (const source of [good, JSON.stringify(good), stringify(good), ...files]) {
        expect(loadEscalationPolicies(source, { channels: ['chat', 'pager'] })).toEqual(good);
      }
      expect(loadEscalationPolicies(good, { channels: ['chat', 'pager'] })).not.toBe(good);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('knows the channels that a file defines beside those that exist', () => {
    const load = (channels?: string[]) => loadEscalationPolicies(good, channels && { channels });
    expect(() => load()).toThrow(
      'policies[0].channels[0]: unknown channel (known: lines, ops, plain, room, app, night, mail, forward), got "chat"',
    );
    expect(() => load(['chat'])).toThrow(
      'unknown channel (known: chat, lines, ops, plain, room, app, night, mail, forward), got "pager"',
    );
    // Without any definition the system that gets the policies knows.
    expect(loadEscalationPolicies({ policies: [{ name: 'a', channels: ['any'] }] })).toBeDefined();
  });

  it.each(badPolicies)('refuses with path and value: %s', (message, data) => {
    const load = () => loadEscalationPolicies(JSON.stringify(data), { channels: ['chat'] });
    expect(load).toThrow(AlertingConfigError);
    expect(load).toThrow(message);
  });

  it('names the file that is missing, and says when text is not JSON', () => {
    expect(() => loadEscalationPolicies('no/such/file.json')).toThrow(
      /^no\/such\/file\.json: cannot be read/,
    );
    expect(() => loadEscalationPolicies('{"policies": [')).toThrow(/^policies: is not JSON/);
  });

  it('refuses an object that is no plain data', () => {
    const source = { policies: [{ name: () => 'a' }] };
    expect(() => loadEscalationPolicies(source as never)).toThrow(AlertingConfigError);
    expect(() => loadEscalationPolicies(null as never)).toThrow(AlertingConfigError);
  });

  it('repeats no secret that stands in the wrong place, whatever else is wrong', () => {
    const secret = 's3cret';
    const wrong: readonly unknown[] = [
      { chanels: { pager: { routingKey: secret } }, policies: [] },
      { policies: [{ name: 'a', channels: { pager: { routingKey: secret } } }] },
      { policies: [{ name: 'a', channels: [{ type: 'slack', url: secret }] }] },
      { policies: { pager: { secret } } },
      { routingKey: secret, policies: [] },
      { channels: { a: { type: 'webhook', url: secret } }, policies: [] },
      { channels: { a: { type: { secret } } }, policies: [] },
      { channels: { a: secret }, policies: [] },
      { channels: secret, policies: [] },
    ];
    const texts = wrong.flatMap((data) => [JSON.stringify(data), stringify(data)]);
    const broken = [
      `{"channels": {"a": {"secret": ${secret}}}}`,
      `{"secret": "${secret}" "x"}`,
      `channels:\n  a: !env "${secret}"\n`,
      `channels:\n  a: "${secret}" "${secret}"\n`,
      `channels:\n  a: | ${secret}\n`,
    ];
    const examples = badPolicies.map(([, data]) => JSON.stringify(data));
    for (const text of [...texts, ...broken, ...examples]) {
      let message = '';
      try {
        loadEscalationPolicies(text, { channels: ['chat'] });
      } catch (error) {
        expect(error).toBeInstanceOf(AlertingConfigError);
        message = (error as Error).message;
      }
      expect(message).not.toBe('');
      expect(message).not.toContain(secret);
    }
  });
});
