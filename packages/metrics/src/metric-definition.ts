/** Name, help and labels of one metric. */
export interface MetricDefinition<L extends string = string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
}

export function define<const L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
): MetricDefinition<L> {
  return { name, help, labelNames };
}
