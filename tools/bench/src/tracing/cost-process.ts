/** Measures one cost of tracing model calls: `cost-process.js <job as JSON>`. */
import { givenJob, tell } from '../fresh-process.js';
import { costWithoutSdk, inferenceCost, observedMethodCost } from './call-cost.js';
import { chunkCost } from './chunk-cost.js';
import { firstChunks } from './first-chunk.js';
import { streamMemory, type StreamWay } from './stream-memory.js';

/** What is measured, and what comes of it. */
const measures = {
  chunk: (rounds: number) => chunkCost(rounds),
  'open streams': (_rounds: number, way: StreamWay) => streamMemory(way),
  'first chunk': (streams: number) => firstChunks(streams),
  call: (rounds: number) => inferenceCost(rounds),
  'observed method': (rounds: number) => observedMethodCost(rounds),
  'call without an SDK': (rounds: number) => Promise.resolve(costWithoutSdk(rounds)),
} as const;

export type CostSubject = keyof typeof measures;

export interface CostJob {
  readonly subject: CostSubject;
  /** Rounds; of the first chunk, streams. */
  readonly rounds: number;
  readonly way?: StreamWay | undefined;
}

export type CostResult<Subject extends CostSubject> = Awaited<
  ReturnType<(typeof measures)[Subject]>
>;

const { subject, rounds, way = 'bare' } = givenJob() as CostJob;
tell(await measures[subject](rounds, way), () => process.exit());
