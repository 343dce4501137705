import { TracingConfigError } from '../config-error.js';

/** A library whose calls become spans. */
export type InstrumentationName = (typeof instrumentationNames)[number];

export const instrumentationNames = [
  'http',
  'fetch',
  'fastify',
  'express',
  'pg',
  'ioredis',
  'redis',
] as const;

/** @throws TracingConfigError when a name is unknown */
export function checkInstrumentations(value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) {
    throw new TracingConfigError('instrumentations', 'an array of names', value);
  }
  for (const name of value as unknown[]) {
    if (!instrumentationNames.includes(name as InstrumentationName)) {
      const known = instrumentationNames.map((each) => `'${each}'`).join(', ');
      throw new TracingConfigError('instrumentations', `names among ${known}`, name);
    }
  }
}
