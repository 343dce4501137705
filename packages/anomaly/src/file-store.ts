import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

import type { MonitorDocument, SavedPart } from './monitor-document.js';
import type { MonitorStore } from './monitor-store.js';

/**
 * Keeps a monitor in a file: a line for what the models share, then a line for each model. It is written beside the
 * old one and put in its place, so that a process that is killed while it saves leaves the old one whole.
 */
export function fileStore(path: string): MonitorStore {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError(`path must be a string that is not empty, got ${typeof path}`);
  }
  return { load: () => load(path), save: (document) => save(path, document) };
}

async function load(path: string): Promise<MonitorDocument | undefined> {
  let head: Omit<MonitorDocument, 'models'> | undefined;
  const models: SavedPart[] = [];
  const file = createReadStream(path, 'utf8');
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Infinity })) {
      if (line === '') continue;
      const value: unknown = JSON.parse(line);
      if (head === undefined) head = value as Omit<MonitorDocument, 'models'>;
      else models.push(value as SavedPart);
    }
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    file.destroy();
  }
  return head && { ...head, models };
}

async function save(path: string, { models, ...head }: MonitorDocument): Promise<void> {
  // Always the same name, so that what a killed process left there is written over, not left for good.
  const beside = `${path}.tmp`;
  try {
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(head)}\n`);
      for (const model of models) await file.writeFile(`${JSON.stringify(model)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
