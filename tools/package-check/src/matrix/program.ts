import type { Consumer } from '../consumer.js';
import { programSource } from './kit.js';
import type { Trials } from './outcome.js';
import type { Toolchain } from './toolchain.js';

/** Each way in which TypeScript finds a package. Declarations of all dependencies are checked once. */
const resolutions = [
  ['NodeNext', { module: 'nodenext' }, ['program.mts', 'program.cts']],
  [
    'Bundler',
    { module: 'esnext', moduleResolution: 'bundler', skipLibCheck: true },
    ['program.mts'],
  ],
] as const;

/** Type-checks the program with every compiler and resolution, and runs what comes of it on every Node. */
export async function checkProgram(
  trials: Trials,
  { nodes, compilers }: Toolchain,
  consumer: Consumer,
  title: string,
  program: string,
): Promise<void> {
  const source = programSource(program);
  consumer.write('program.mts', source);
  consumer.write('program.cts', source);
  for (const { name, path } of compilers) {
    for (const [resolution, options, files] of resolutions) {
      await trials.try(`${title}: ${name}, ${resolution}`, () =>
        consumer.compile(files, { ...options, noEmit: true }, path),
      );
    }
  }
  await consumer.compile(['program.mts', 'program.cts'], {
    outDir: 'compiled',
    skipLibCheck: true,
  });
  for (const { name, path: node } of nodes) {
    for (const [kind, file] of [
      ['import', 'compiled/program.mjs'],
      ['require', 'compiled/program.cjs'],
    ] as const) {
      await trials.try(`${title}: ${kind}, ${name}`, async () => {
        const said = await consumer.run(file, undefined, { node });
        if (!said.endsWith(`${program} works\n`)) throw new Error(`It said: ${said}`);
      });
    }
  }
}
