import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { requireProgram } from 'test-services';

/**
 * Watches what Redis writes to its append-only file and when it has it synchronised, so that afterwards
 * the file can be cut to what a machine would have kept whose power failed when Redis was killed: a killed
 * process loses nothing that it wrote, because the operating system still has it.
 */
export class PowerCut {
  readonly #file: string;
  readonly #log: string;
  readonly #sizeBefore: number;
  readonly #tracer: ChildProcess;

  private constructor(file: string, log: string, tracer: ChildProcess) {
    this.#file = file;
    this.#log = log;
    this.#sizeBefore = statSync(file).size;
    this.#tracer = tracer;
  }

  /** Begins to watch a Redis of ours, which nobody writes to yet. */
  static async prepare(url: string): Promise<PowerCut> {
    const command = await requireProgram({
      names: ['strace'],
      debianPackage: 'strace',
      homebrewFormula: 'strace (there is none: this needs Linux)',
    });
    const client = new Redis(url);
    const [, directory = ''] = (await client.config('GET', 'dir')) as string[];
    const pid = /process_id:(\d+)/.exec(await client.info('server'))?.[1] ?? '';
    client.disconnect();
    const files = join(directory, 'appendonlydir');
    const name = readdirSync(files).find((file) => file.endsWith('.incr.aof'));
    if (name === undefined) throw new Error(`${files} has no append-only file`);
    const log = join(directory, 'strace.log');
    const tracer = spawn(
      command,
      ['-f', '-y', '-s', '0', '-e', 'trace=write,fsync,fdatasync', '-o', log, '-p', pid],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    // It says on stderr when it is attached.
    await Promise.race([
      once(tracer.stderr as NodeJS.EventEmitter, 'data'),
      setTimeout(10_000, null, { ref: false }).then(() => {
        throw new Error('strace does not attach to Redis');
      }),
    ]);
    return new PowerCut(join(files, name), log, tracer);
  }

  /** After Redis was killed: cuts the file to what was synchronised; how many bytes went. */
  async cut(): Promise<number> {
    if (this.#tracer.exitCode === null && this.#tracer.signalCode === null) {
      await once(this.#tracer, 'exit');
    }
    const kept = this.#sizeBefore + synchronisedBytes(readFileSync(this.#log, 'utf8'), this.#file);
    const { size } = statSync(this.#file);
    truncateSync(this.#file, Math.min(size, kept));
    return Math.max(0, size - kept);
  }
}

/** How much of what was written to a file was written before the last synchronisation that ended began. */
export function synchronisedBytes(log: string, file: string): number {
  let written = 0;
  let synchronised = 0;
  const begun = new Map<string, number>();
  const writing = new Set<string>();
  for (const line of log.split('\n')) {
    const [thread = ''] = line.split(' ', 1);
    const isOfFile = line.includes(`<${file}>`);
    const result = Number(/ = (-?\d+)/.exec(line)?.[1] ?? NaN);
    if (line.includes('write resumed')) {
      if (writing.delete(thread) && result > 0) written += result;
    } else if (/f(?:data)?sync resumed/.test(line)) {
      if (result === 0) synchronised = Math.max(synchronised, begun.get(thread) ?? 0);
      begun.delete(thread);
    } else if (isOfFile && line.includes('write(')) {
      if (line.includes('unfinished')) writing.add(thread);
      else if (result > 0) written += result;
    } else if (isOfFile && line.includes('sync(')) {
      if (line.includes('unfinished')) begun.set(thread, written);
      else if (result === 0) synchronised = written;
    }
  }
  return synchronised;
}
