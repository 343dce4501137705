import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SuiteFigures } from './figure-report.js';
import type { Machine } from './machine.js';

/** What is kept of the latest run of a suite. */
export interface SuiteRecord extends SuiteFigures {
  readonly title: string;
  /** How it was run, and how it can be run alone. */
  readonly command: string;
  /** When it began, ISO 8601. */
  readonly date: string;
  readonly seconds: number;
  /** Whether the goals that the suite states were met. */
  readonly goals: 'met' | 'missed';
  readonly machine: Machine;
  /** Load average of the last minute when it began and when it ended. */
  readonly load: readonly [start: number, end: number];
}

/** The latest figures of all suites, by suite. */
export interface BenchmarkRecord {
  readonly format: 1;
  readonly suites: Readonly<Record<string, SuiteRecord>>;
}

/** Reads a record; one without suites where there is no file. @throws Error where the file is something else. */
export function readRecord(path: string): BenchmarkRecord {
  return existsSync(path)
    ? parseRecord(readFileSync(path, 'utf8'), path)
    : { format: 1, suites: {} };
}

/** A record from its text. */
export function parseRecord(text: string, source: string): BenchmarkRecord {
  const record = JSON.parse(text) as Partial<BenchmarkRecord>;
  if (record.format !== 1 || typeof record.suites !== 'object') {
    throw new Error(`${source} is no record of benchmarks of format 1`);
  }
  return record as BenchmarkRecord;
}

/** The record with one suite replaced, suites in this order and unknown ones last. */
export function withSuite(
  record: BenchmarkRecord,
  name: string,
  suite: SuiteRecord,
  order: readonly string[],
): BenchmarkRecord {
  const suites = { ...record.suites, [name]: suite };
  const place = (one: string): number => (order.includes(one) ? order.indexOf(one) : Infinity);
  const names = Object.keys(suites).sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  return { format: 1, suites: Object.fromEntries(names.flatMap((one) => suites[one] === undefined ? [] : [[one, suites[one]]])) }; // prettier-ignore
}

/** Writes a file as a whole or not at all. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
