import { Gauge, type Registry } from 'prom-client';

/**
 * Exports what each part says of its own losses: every number of every `stats()` as
 * `llm_component_stats{component,stat}`.
 */
export function exportStats(
  registry: Registry,
  components: Readonly<Record<string, () => object | Promise<object>>>,
): void {
  new Gauge({
    name: 'llm_component_stats',
    help: 'What each part of the toolkit accepted, dropped and failed since the start',
    labelNames: ['component', 'stat'],
    registers: [registry],
    async collect() {
      for (const [component, stats] of Object.entries(components)) {
        for (const [stat, value] of numbersOf(await stats())) this.set({ component, stat }, value);
      }
    },
  });
}

function numbersOf(value: object, prefix = ''): [string, number][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, number][] => {
    if (typeof inner === 'number') return [[prefix + key, inner]];
    return typeof inner === 'object' && inner !== null ? numbersOf(inner, `${prefix}${key}.`) : [];
  });
}
