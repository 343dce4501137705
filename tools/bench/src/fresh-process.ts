import { fork, type ChildProcess } from 'node:child_process';

/** What a script, named from this folder, answers to its parent. */
export type Answer<T> = { readonly result: T } | { readonly error: string };

/** Starts a script, named from this folder, in a process of its own, so that no measurement inherits the heap of another. */
export function freshProcess(script: string, job: object): ChildProcess {
  return fork(new URL(`./${script}.js`, import.meta.url), [JSON.stringify(job)], {
    execArgv: ['--expose-gc'],
  });
}

/** The next answer of such a process. */
export function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(new Error(`a measuring process ended with ${String(signal ?? code)}`));
    child.once('exit', ended);
    child.once('message', (answer: Answer<T>) => {
      child.off('exit', ended);
      if ('error' in answer) reject(new Error(answer.error));
      else resolve(answer.result);
    });
  });
}

/** The job of this process, as its parent gave it. */
export function givenJob(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Tells the parent what came out. */
export function tell(result: object, then: () => void = () => undefined): void {
  process.send?.({ result }, then);
}
