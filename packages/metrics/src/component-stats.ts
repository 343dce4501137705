import type { PrometheusContentType, Registry, RegistryContentType } from 'prom-client';
import { BoundedCall } from './bounded-call.js';
import { MetricsConfigurationError } from './configuration.js';
import { createInstruments } from './instruments.js';

/** What components say of themselves, by their names: the `stats` of any of the packages, or functions of yours. */
export type ComponentStats = Readonly<Record<string, () => object | Promise<object>>>;

/** How long a scrape waits for a component. */
const deadlineMillis = 1000;
/** Names of stats, of all components together. */
const mostStats = 1000;

/**
 * Exports what components say of their own losses: at every scrape each number of each component's stats, nested ones as
 * `outer.inner`, as `llm_component_stats{component,stat}`. A component that fails, or takes longer than a second, has no
 * samples until it answers again.
 *
 * @throws MetricsConfigurationError for a component that is no function, or when the registry has the name already.
 */
export function exportComponentStats<T extends RegistryContentType = PrometheusContentType>(
  registry: Registry<T>,
  components: ComponentStats,
): void {
  const reads = Object.entries<unknown>(components).map(([component, stats]) => {
    if (typeof stats !== 'function') {
      throw new MetricsConfigurationError(`components.${component}`, stats, 'a function');
    }
    const ask = async (): Promise<object> => (stats as () => object | Promise<object>)();
    return { component, read: new BoundedCall(ask, deadlineMillis) };
  });
  const gauge = createInstruments<T>({ registry }).gauge({
    name: 'llm_component_stats',
    help: 'What each component accepted, dropped and failed since its start.',
    labelNames: ['component', 'stat'],
    labelLimits: { component: { maxValues: mostStats }, stat: { maxValues: mostStats } },
    async collect() {
      const answers = await Promise.allSettled(reads.map(({ read }) => read.call()));
      // Absent rather than stale, and all at once: scrapes may overlap.
      gauge.reset();
      for (const [index, answer] of answers.entries()) {
        const component = reads[index]?.component ?? '';
        if (answer.status === 'rejected') continue;
        for (const [stat, value] of numbersOf(answer.value)) gauge.set({ component, stat }, value);
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
