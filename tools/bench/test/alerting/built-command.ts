import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a built command as `npm run` does; what it printed, also when it failed. */
export async function builtCommand(name: string, ...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL(`../../dist/alerting/${name}.js`, import.meta.url));
  try {
    return (await run(process.execPath, [program, ...args])).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ''}${stderr ?? ''}`;
  }
}
