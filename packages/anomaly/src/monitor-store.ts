import type { MonitorDocument } from './monitor-document.js';

/** Keeps a saved monitor somewhere that outlives the process. */
export interface MonitorStore {
  /** What was saved last, undefined if nothing was. */
  load(): Promise<MonitorDocument | undefined>;
  /** Saves all of a monitor in place of what was there. */
  save(document: MonitorDocument): Promise<void>;
}
