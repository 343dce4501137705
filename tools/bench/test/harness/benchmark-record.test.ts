import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecord, withSuite } from '../../src/harness/benchmark-record.js';
import { lines, recordOf, suiteOf } from './sample-record.js';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'record-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('replaces one suite and keeps the others, in the order of the harness', () => {
  const [old, now] = [suiteOf({}), suiteOf(lines)];
  const record = recordOf({ gone: old, b: old, a: old });
  const next = withSuite(record, 'a', now, ['a', 'b', 'c']);
  expect(Object.keys(next.suites)).toEqual(['a', 'b', 'gone']);
  expect(next.suites).toEqual({ a: now, b: old, gone: old });
});

it('begins with no suites where there is no file, and refuses a file that is something else', () => {
  expect(readRecord(join(folder, 'none.json'))).toEqual({ format: 1, suites: {} });
  const path = join(folder, 'other.json');
  writeFileSync(path, '{"format":2,"suites":{}}');
  expect(() => readRecord(path)).toThrow(`${path} is no record of benchmarks of format 1`);
});
