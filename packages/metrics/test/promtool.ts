import { spawnSync } from 'node:child_process';
import { requireProgram } from 'test-services';

/** Runs the real promtool, installed where it is missing: what it prints, and how it ended. */
export async function promtool(
  args: readonly string[],
  input = '',
): Promise<{ readonly status: number | null; readonly output: string }> {
  const command = await requireProgram({
    names: ['promtool'],
    debianPackage: 'prometheus',
    homebrewFormula: 'prometheus',
  });
  const { stdout, stderr, status } = spawnSync(command, args, { input, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
