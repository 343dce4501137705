import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program against the compiled package, by its name, as a user would. */
async function program(source: string, type: 'module' | 'commonjs'): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['--input-type', type, '-e', source], {
    cwd: root,
  });
  return JSON.parse(stdout);
}

it('import and require give one copy of each entry', async () => {
  const counts = await program(
    `import { createRequire } from 'node:module';
     const require = createRequire(process.cwd() + '/x.js');
     const same = {};
     for (const name of ['@llm/tracing', '@llm/tracing/node', '@llm/tracing/fastify', '@llm/tracing/ai-sdk', '@llm/tracing/langchain', '@llm/tracing/testing']) {
       const [imported, required] = [await import(name), require(name)];
       same[name] = Object.keys(imported).every((key) => imported[key] === required[key]);
     }
     console.log(JSON.stringify(same));`,
    'module',
  );
  expect(counts).toEqual({
    '@llm/tracing': true,
    '@llm/tracing/node': true,
    '@llm/tracing/fastify': true,
    '@llm/tracing/ai-sdk': true,
    '@llm/tracing/langchain': true,
    '@llm/tracing/testing': true,
  });
});
