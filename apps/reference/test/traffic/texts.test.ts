import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtInTexts, readTexts } from '../../src/traffic/texts.js';

const scratch = mkdtempSync(join(tmpdir(), 'texts-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('readTexts', () => {
  it('reads the built-in corpus', () => {
    expect(readTexts(builtInTexts).length).toBeGreaterThan(20);
  });

  it('names the line without a text', () => {
    const path = join(scratch, 'bad.jsonl');
    writeFileSync(path, '{"text":"a"}\n\n{"words":"b"}\n');
    expect(() => readTexts(path)).toThrow('bad.jsonl:3 has no "text"');
    writeFileSync(path, '{"text":\n');
    expect(() => readTexts(path)).toThrow('bad.jsonl:1 has no "text"');
    writeFileSync(path, '\n');
    expect(() => readTexts(path)).toThrow('no texts');
  });
});
