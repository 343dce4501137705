import { Consumer } from '../consumer.js';
import { programSource, type Kit } from './kit.js';
import type { Toolchain } from './toolchain.js';

const nest = ['@nestjs/common@11', '@nestjs/core@11', '@nestjs/platform-express@11'];

/** A NestJS service with legacy decorators of ours beside its own, compiled by each TypeScript, run on each Node. */
export async function checkNest(
  { trials, specifiers, npmrc }: Kit,
  { nodes, compilers }: Toolchain,
): Promise<void> {
  const consumer = new Consumer(npmrc);
  const installs = await trials.try('NestJS: npm install', () =>
    consumer.install(...specifiers, ...nest, 'reflect-metadata@0.2', 'rxjs@7', '@types/node@20'),
  );
  if (installs) {
    consumer.write('nest.ts', programSource('nest'));
    for (const [index, { name, path }] of compilers.entries()) {
      const outDir = `compiled-${index}`;
      const options = { experimentalDecorators: true, emitDecoratorMetadata: true, outDir };
      // Declarations of NestJS itself are not ours to check.
      const compiled = await trials.try(`NestJS: ${name}`, () =>
        consumer.compile(['nest.ts'], { ...options, skipLibCheck: true, rootDir: '.' }, path),
      );
      if (!compiled) continue;
      for (const { name: nodeName, path: node } of nodes) {
        await trials.try(`NestJS: ${name}, ${nodeName}`, async () => {
          const said = await consumer.run(`${outDir}/nest.js`, undefined, { node });
          if (!said.endsWith('nest works\n')) throw new Error(`It said: ${said}`);
        });
      }
    }
  }
  consumer.remove();
}
