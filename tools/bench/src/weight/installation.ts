import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Consumer, folderSize } from 'package-check';

/** What installing something brought into an empty folder. */
export interface Weight {
  readonly packages: number;
  /** 1 000 000 bytes of files. */
  readonly megabytes: number;
}

/** Installs these together in an empty folder, as a user would, and weighs what came. */
export async function weighInstallation(specifiers: readonly string[]): Promise<Weight> {
  const consumer = new Consumer();
  try {
    await consumer.install(...specifiers);
    const modules = join(consumer.directory, 'node_modules');
    const lock = readFileSync(join(modules, '.package-lock.json'));
    const megabytes = (folderSize(modules) - lock.length) / 1e6;
    return { packages: consumer.installed().length, megabytes };
  } finally {
    consumer.remove();
  }
}
