import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const api = realpathSync(join(root, '..', '..', 'node_modules', '@opentelemetry', 'api'));
let folder: string;

/** An application with the package and its API, and one with a copy of the API in another version. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'api-copies-'));
  const own = join(folder, 'node_modules', '@llm', 'tracing');
  cpSync(join(root, 'dist'), join(own, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(own, 'package.json'));
  copyApi(join(folder, 'node_modules'), '1.9.1');
  copyApi(join(folder, 'other', 'node_modules'), '1.8.0');
  copyApi(join(folder, 'same', 'node_modules'), '1.9.1');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function copyApi(modules: string, version: string): void {
  const target = join(modules, '@opentelemetry', 'api');
  mkdirSync(dirname(target), { recursive: true });
  cpSync(api, target, { recursive: true });
  for (const file of ['build/src/version.js', 'package.json']) {
    const text = readFileSync(join(target, file), 'utf8').replaceAll('1.9.1', version);
    writeFileSync(join(target, file), text);
  }
}

async function warnings(source: string): Promise<string> {
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { createRequire } from 'node:module';
     import { traceFunction } from '@llm/tracing';
     const copy = (name) => createRequire(import.meta.dirname + '/' + name + '/x.js')('@opentelemetry/api');
     const work = traceFunction('work')(() => 1);
     ${source}
     work(); work();`,
  );
  return (await run(process.execPath, ['main.mjs'], { cwd: folder })).stderr;
}
const provider = '{ getTracer: () => ({ startSpan: () => ({}) }) }';

it('a provider that was registered with a copy that ours cannot read is told of, once', async () => {
  const text = await warnings(`copy('other').trace.setGlobalTracerProvider(${provider});`);
  expect(text.match(/LLM_TRACING_API_COPIES/g)).toHaveLength(1);
  expect(text).toContain('registered with 1.8.0');
  expect(text).toContain('its spans are lost');
  expect(text).toContain(join('other', 'node_modules', '@opentelemetry', 'api'));
});

it('a second copy that shares what was registered is told of as well', async () => {
  const text = await warnings(`copy('same').trace.getTracerProvider();`);
  expect(text.match(/LLM_TRACING_API_COPIES/g)).toHaveLength(1);
  expect(text).toContain('Several copies of @opentelemetry/api are loaded');
  expect(text).not.toContain('its spans are lost');
});

it('one copy is silence', async () => {
  expect(await warnings('')).toBe('');
});
