/** What a label may be set to; numbers and booleans become text. */
export type LabelValue = string | number | boolean;

/** A value for every label of a metric. */
export type LabelSet<L extends string> = Readonly<Record<L, LabelValue>>;

/** Values for some labels; what is missing becomes its default, or `unknown`. */
export type PartialLabelSet<L extends string> = Readonly<Partial<Record<L, LabelValue>>>;

/** The label object behind prom-client's two ways of writing labels. */
export function labelsOf<L extends string>(
  labelNames: readonly L[],
  args: readonly unknown[],
): Partial<Record<L, unknown>> {
  if (typeof args[0] === 'object' && args[0] !== null) return args[0];
  return Object.fromEntries(labelNames.map((name, i) => [name, args[i]])) as Record<L, unknown>;
}
