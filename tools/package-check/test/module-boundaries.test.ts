import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { workspaceRoot } from '../src/published-package.js';

const eslint = new ESLint({ cwd: workspaceRoot });

async function rulesBroken(file: string, source: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(source, { filePath: join(workspaceRoot, file) });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

describe('the rules about imports', () => {
  it('refuse a package that imports another package', async () => {
    const source =
      "import { getCorrelationId } from '@llm/tracing';\n\nexport const id = getCorrelationId();\n";
    expect(await rulesBroken('packages/metrics/src/index.ts', source)).toContain(
      '@nx/enforce-module-boundaries',
    );
    expect(await rulesBroken('apps/reference/src/mapper.ts', source)).toEqual([]);
  });

  it('refuse a package that reaches into the folder of another', async () => {
    const source = "export { stats } from '../../tracing/src/index.js';\n";
    expect(await rulesBroken('packages/metrics/src/index.ts', source)).toContain(
      '@nx/enforce-module-boundaries',
    );
  });

  it('refuse published code that imports a tool of this workspace', async () => {
    const source = "export { startRedis } from 'test-services';\n";
    expect(await rulesBroken('packages/metrics/src/index.ts', source)).toContain(
      'no-restricted-imports',
    );
    expect(await rulesBroken('packages/metrics/test/tracking.test.ts', source)).toEqual([]);
  });
});
