import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { requireProgram } from 'test-services';

const run = promisify(execFile);

/** The real `amtool`, pointed at this URL; gives what it prints. */
export async function amtoolFor(url: string) {
  const command = await requireProgram({
    names: ['amtool'],
    debianPackage: 'prometheus-alertmanager',
    homebrewFormula: 'alertmanager',
  });
  return async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(command, [`--alertmanager.url=${url}`, ...args]);
    return stdout.trim();
  };
}
