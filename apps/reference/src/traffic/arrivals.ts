import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Milliseconds from the first request to each request. */
export type Arrivals = Iterable<number>;

// One hour of real chat requests: data README of Azure's public dataset of 2023.
const meanGapMillis = 181;
const coefficientOfVariation = 1.09;

/** Endless arrivals with the mean and the variation of a real hour of chat requests (hyperexponential gaps). */
export function* builtInArrivals(random: () => number = Math.random): Generator<number> {
  const squared = coefficientOfVariation ** 2;
  const share = (1 + Math.sqrt((squared - 1) / (squared + 1))) / 2;
  for (let at = 0; ;) {
    yield at;
    // Two exponentials with balanced means have exactly this mean and variation.
    const weight = random() < share ? share : 1 - share;
    at += (-Math.log(1 - random()) * meanGapMillis) / (2 * weight);
  }
}

/**
 * The arrivals of a CSV with a TIMESTAMP column.
 *
 * @throws Error that names the file and the line which it cannot read.
 */
export async function readTrace(file: string): Promise<readonly number[]> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  const times: number[] = [];
  let column = -1;
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (line === 1) {
      column = text.split(',').indexOf('TIMESTAMP');
      if (column < 0)
        throw new Error(
          `${file} has no TIMESTAMP column: its first line is "${text.slice(0, 100)}"`,
        );
      continue;
    }
    if (text.trim() === '') continue;
    const cell = text.split(',')[column] ?? '';
    // ECMAScript reads milliseconds; the trace has more digits.
    const time = Date.parse(`${cell.slice(0, 23).replace(' ', 'T')}Z`);
    if (Number.isNaN(time)) throw new Error(`${file}:${line} has no time: "${cell.slice(0, 100)}"`);
    times.push(time);
  }
  const [first] = times;
  if (first === undefined) throw new Error(`${file} has no requests`);
  return times.map((time) => time - first).sort((a, b) => a - b);
}
