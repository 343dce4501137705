import { expect, it } from 'vitest';
import { MetricsConfigurationError, MetricsRegistry, exportComponentStats } from '../src/index.js';

async function scraped(components: Parameters<typeof exportComponentStats>[1]): Promise<string> {
  const registry = new MetricsRegistry();
  exportComponentStats(registry, components);
  return registry.metrics();
}

it('exports every number of every component, nested ones with their path', async () => {
  const text = await scraped({
    tracing: () => ({ exported: 12, exporters: [{ name: 'otlp', dropped: 3 }] }),
    alerting: () => Promise.resolve({ channels: { slack: { failed: 2 } }, since: null }),
  });
  expect(text.split('\n').filter((line) => line.startsWith('llm_'))).toEqual([
    'llm_component_stats{component="tracing",stat="exported"} 12',
    'llm_component_stats{component="tracing",stat="exporters.0.dropped"} 3',
    'llm_component_stats{component="alerting",stat="channels.slack.failed"} 2',
  ]);
});

it('reads the components at every scrape, and shows nothing of one that fails', async () => {
  let answers: (() => object)[] = [];
  const registry = new MetricsRegistry();
  exportComponentStats(registry, {
    whole: () => ({ n: 1 }),
    changing: () => (answers.shift() ?? (() => ({})))(),
  });
  const fail = (): never => {
    throw new Error('no stats');
  };
  answers = [() => ({ n: 2 }), fail, () => ({ n: 3 })];
  const line = /component="changing",stat="n"\} (\d)/;
  const seen = [];
  for (let scrape = 0; scrape < 3; scrape += 1) {
    const text = await registry.metrics();
    expect(text).toContain('component="whole",stat="n"} 1');
    seen.push(line.exec(text)?.[1]);
  }
  expect(seen).toEqual(['2', undefined, '3']);
});

it('does not wait for a component that hangs', async () => {
  const text = await scraped({ hangs: () => new Promise<object>(() => undefined), well: () => ({ n: 1 }) }); // prettier-ignore
  expect(text).toContain('component="well",stat="n"} 1');
  expect(text).not.toContain('component="hangs"');
});

it('refuses what is no function, and a registry that exports such stats already', () => {
  const registry = new MetricsRegistry();
  expect(() => exportComponentStats(registry, { logging: { dropped: 1 } as never })).toThrow(
    'components.logging must be a function, got { dropped: 1 }',
  );
  exportComponentStats(registry, {});
  expect(() => exportComponentStats(registry, {})).toThrow(MetricsConfigurationError);
});
