import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What the program printed, trimmed; rejects when it fails. */
export async function output(
  { cwd, env }: Surroundings,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await execute(program, args, { cwd, env, maxBuffer: 64 << 20 });
  return stdout.trim();
}

/** Runs the program, which prints to our own output, and tells whether it went well. */
export async function succeeds(
  { cwd, env }: Surroundings,
  program: string,
  ...args: readonly string[]
): Promise<boolean> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

/**
 * Runs the program, which prints to our own output.
 *
 * @throws Error that names the command when it fails.
 */
export async function run(
  surroundings: Surroundings,
  program: string,
  ...args: readonly string[]
): Promise<void> {
  if (!(await succeeds(surroundings, program, ...args))) {
    throw new Error(`${program} ${args.join(' ')} failed`);
  }
}
