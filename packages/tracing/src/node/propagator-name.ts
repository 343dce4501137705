import { TracingConfigError } from '../config-error.js';

/** A format in which traces and ids travel in headers, by the names of `OTEL_PROPAGATORS`. */
export type PropagatorName = (typeof propagatorNames)[number];

export const propagatorNames = [
  'tracecontext',
  'baggage',
  'correlation',
  'b3',
  'b3multi',
  'jaeger',
  'none',
] as const;

/** @throws TracingConfigError when a name is unknown */
export function checkPropagators(value: unknown, option: string): void {
  if (value === undefined) return;
  const known = propagatorNames.map((each) => `'${each}'`).join(', ');
  if (!Array.isArray(value)) throw new TracingConfigError(option, `some of ${known}`, value);
  for (const name of value as unknown[]) {
    if (!propagatorNames.includes(name as PropagatorName)) {
      throw new TracingConfigError(option, `some of ${known}`, name);
    }
  }
}
