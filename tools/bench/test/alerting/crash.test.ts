import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('../../dist/alerting/crash.js', import.meta.url));

/** The built command, as `npm run crash:alerting` runs it; what it printed when it failed. */
async function crash(...args: string[]): Promise<string> {
  try {
    return (await run(process.execPath, [program, ...args])).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? ''}`;
  }
}

it.each(['redis', 'postgres'])(
  'ten rounds of killed and paused replicas lose nothing and page nobody twice without a reason: %s',
  { timeout: 300_000 },
  async (store) => {
    const printed = await crash('--store', store, '--rounds', '10', '--seed', '1000');
    expect(printed).toMatch(/All rounds held\.\n$/);
    expect(printed).toMatch(
      /10 rounds, [1-9]\d* kills, [1-9]\d* pauses, \d{4} notifications: lost 0/,
    );
  },
);

it('says what an argument must be', async () => {
  expect(await crash('--rounds', 'many')).toBe(
    '--rounds must be 1..100000, got "many"; see --help\n',
  );
});
