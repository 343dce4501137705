import fc from 'fast-check';
import {
  AggregatorRegistry,
  Counter,
  Gauge,
  Histogram,
  Registry,
  Summary,
  collectDefaultMetrics,
} from 'prom-client';
import { describe, expect, it } from 'vitest';
import { MetricsRegistry, createInstruments } from '../src/index.js';
import { textIn } from './exposition.js';

type Format = 'prometheus' | 'openmetrics';

const labelNames = ['a', 'b'] as const;
// Not -1: prom-client counts what is above all bounds in a bucket of that bound.
const bounds = [-2, 0.5, 1, 2.5, 1e21];

const text = fc.oneof(
  fc.constantFrom('plain', 'a"b', 'back\\slash', 'line\nfeed', '\\n', 'ü日本🦀', '"', '{}', ' '),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
);
const labels = fc.record({ a: text, b: text });
const anyNumber = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(NaN, Infinity, -Infinity, -0, 1e21, 0.1 + 0.2, 5e-324),
);
const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
  fc.integer(),
);

const observation = fc.oneof(
  fc.record({ kind: fc.constant('counter' as const), labels, value: finite.map(Math.abs) }),
  fc.record({ kind: fc.constant('gauge' as const), labels, value: anyNumber }),
  fc.record({ kind: fc.constant('delta' as const), labels, value: anyNumber }),
  fc.record({ kind: fc.constant('histogram' as const), labels, value: finite }),
  fc.record({ kind: fc.constant('bare' as const), value: finite }),
  fc.record({ kind: fc.constant('remove' as const), labels }),
  fc.record({ kind: fc.constant('reset' as const) }),
);

const help = 'Help with a "quote", a back\\slash and a\nline feed';
const definitions = {
  counter: { name: 'requests_total', help, labelNames },
  odd: { name: 'odd_counter', help, labelNames },
  gauge: { name: 'level', help, labelNames },
  histogram: { name: 'duration_seconds', help, labelNames },
  bareCounter: { name: 'bare_total', help },
  bareGauge: { name: 'bare_level', help },
  bareHistogram: { name: 'bare_seconds', help },
};

function ours() {
  const instruments = createInstruments({
    labelLimits: { a: { maxValues: 1e6 }, b: { maxValues: 1e6 } },
  });
  const { registry } = instruments;
  registry.removeSingleMetric('metrics_folded_observations_total');
  const metrics = {
    counter: instruments.counter(definitions.counter),
    odd: instruments.counter(definitions.odd),
    gauge: instruments.gauge(definitions.gauge),
    histogram: instruments.histogram({ ...definitions.histogram, buckets: bounds }),
    bareCounter: instruments.counter(definitions.bareCounter),
    bareGauge: instruments.gauge(definitions.bareGauge),
    bareHistogram: instruments.histogram({ ...definitions.bareHistogram, buckets: bounds }),
  };
  return { registry, metrics };
}

function theirs() {
  const registry = new Registry();
  const registers = [registry];
  const metrics = {
    counter: new Counter({ ...definitions.counter, registers }),
    odd: new Counter({ ...definitions.odd, registers }),
    gauge: new Gauge({ ...definitions.gauge, registers }),
    histogram: new Histogram({ ...definitions.histogram, buckets: bounds, registers }),
    bareCounter: new Counter({ ...definitions.bareCounter, registers }),
    bareGauge: new Gauge({ ...definitions.bareGauge, registers }),
    bareHistogram: new Histogram({ ...definitions.bareHistogram, buckets: bounds, registers }),
  };
  return { registry, metrics };
}

type Observation = typeof observation extends fc.Arbitrary<infer T> ? T : never;

function apply(metrics: ReturnType<typeof theirs>['metrics'], one: Observation): void {
  switch (one.kind) {
    case 'counter':
      metrics.counter.inc(one.labels, one.value);
      metrics.odd.labels(one.labels).inc(one.value);
      break;
    case 'gauge':
      metrics.gauge.set(one.labels, one.value);
      metrics.bareGauge.set(one.value);
      break;
    case 'delta':
      metrics.gauge.inc(one.labels, one.value);
      metrics.gauge.labels(one.labels).dec(2);
      metrics.bareGauge.dec(one.value);
      break;
    case 'histogram':
      metrics.histogram.observe(one.labels, one.value);
      metrics.histogram.labels(one.labels).observe(one.value / 2);
      break;
    case 'bare':
      metrics.bareCounter.inc(Math.abs(one.value));
      metrics.bareHistogram.observe(one.value);
      break;
    case 'remove':
      for (const metric of [metrics.counter, metrics.gauge, metrics.histogram]) {
        metric.remove(one.labels);
      }
      break;
    case 'reset':
      metrics.counter.reset();
      metrics.histogram.reset();
      metrics.bareCounter.reset();
      metrics.bareHistogram.reset();
  }
}

const cases = fc.record({
  observations: fc.array(observation, { maxLength: 30 }),
  defaults: fc.option(
    fc.oneof(
      fc.constant({ service: 'a"b\\c\nd', replica: 7 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'env', 'le'), text, { minKeys: 1 }),
    ),
    { nil: undefined },
  ),
  format: fc.constantFrom<Format>('prometheus', 'openmetrics'),
});

describe('the text of instruments', () => {
  it('is what prom-client writes for the same observations, in both formats, with default labels', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ observations, defaults, format }) => {
        const a = ours();
        const b = theirs();
        for (const one of observations) {
          apply(a.metrics, one);
          apply(b.metrics, one);
        }
        if (defaults) {
          a.registry.setDefaultLabels(defaults);
          b.registry.setDefaultLabels(defaults);
        }
        if (format === 'openmetrics') {
          b.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
        }
        const expected = await b.registry.metrics();
        expect(await textIn(format, a.registry)).toBe(expected);
        // prom-client's own registry writes our instruments the same.
        const merged = Registry.merge([a.registry]);
        if (defaults) merged.setDefaultLabels(defaults);
        merged.setContentType(b.registry.contentType);
        expect(await merged.metrics()).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('has the JSON that prom-client has, so that workers aggregate alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cases, { minLength: 1, maxLength: 3 }), async (workers) => {
        const jsons = await Promise.all(
          workers.map(async ({ observations }) => {
            const [a, b] = [ours(), theirs()];
            for (const one of observations) {
              apply(a.metrics, one);
              apply(b.metrics, one);
            }
            return [await a.registry.getMetricsAsJSON(), await b.registry.getMetricsAsJSON()];
          }),
        );
        const [a, b] = [0, 1].map((side) =>
          // As the messages between workers are.
          AggregatorRegistry.aggregate(
            JSON.parse(JSON.stringify(jsons.map((one) => one[side]))) as object[],
          ),
        );
        expect(await a!.metrics()).toBe(await b!.metrics());
      }),
      { numRuns: 60 },
    );
  });

  it('writes exemplars as prom-client does', async () => {
    const at = 1_700_000_000;
    const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const theirHistogram = new Histogram({
      ...definitions.histogram,
      buckets: bounds,
      enableExemplars: true,
      registers: [registry],
    });
    const instruments = createInstruments();
    instruments.registry.removeSingleMetric('metrics_folded_observations_total');
    const ourHistogram = instruments.histogram({
      ...definitions.histogram,
      buckets: bounds,
      exemplars: true,
    });
    const exemplar = { trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', note: 'a"b\\' };
    for (const value of [-5, 0.7, 1e22]) {
      theirHistogram.observe({
        labels: { a: 'x', b: 'y' },
        value,
        exemplarLabels: exemplar as never,
      });
      ourHistogram.bind({ a: 'x', b: 'y' }).observe(value, exemplar);
    }
    const steady = (written: string) => written.replace(/ \d{10}(\.\d+)?$/gm, ` ${at}`);
    const expected = steady(await registry.metrics());
    expect(expected.match(/ # \{/g)).toHaveLength(3);
    const ourText = await textIn('openmetrics', instruments.registry);
    expect(steady(ourText)).toBe(expected);
    expect(await instruments.registry.metrics()).not.toContain('# {');
  });
});

describe('a registry', () => {
  it('writes prom-client’s own metrics as prom-client does', async () => {
    for (const format of ['prometheus', 'openmetrics'] as const) {
      const fill = (registry: Registry) => {
        registry.setDefaultLabels({ service: 'x' });
        const registers = [registry];
        new Summary({ name: 's', help, labelNames: ['a'], registers }).observe({ a: 'b"' }, 3);
        new Histogram({ name: 'h', help, labelNames: ['a'], registers }).observe({ a: 'b' }, 3);
        new Counter({ name: 'c_total', help, labelNames: ['a'], registers }).inc({ a: '1' });
        new Gauge({ name: 'g', help, registers, collect() { this.set(NaN); } }); // prettier-ignore
        if (format === 'openmetrics') {
          registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
        }
        return registry.metrics();
      };
      expect(await fill(new MetricsRegistry())).toBe(await fill(new Registry()));
    }
  });

  it('does not rename counters when it is scraped as OpenMetrics', async () => {
    const registry = new MetricsRegistry();
    collectDefaultMetrics({ register: registry as unknown as Registry });
    expect(await registry.text('openmetrics')).toContain('# TYPE process_cpu_seconds counter');
    expect(await registry.text('prometheus')).toContain('# TYPE process_cpu_seconds_total counter');
    expect((await registry.text('openmetrics')).endsWith('\n# EOF\n')).toBe(true);
  });

  it('gives other work its turn while it writes, and the whole text at the end', async () => {
    const instruments = createInstruments({ maxSeriesPerMetric: 1e6, labelLimits: { id: { maxValues: 1e6 } } }); // prettier-ignore
    const histogram = instruments.histogram({ name: 'h', help, labelNames: ['id'], buckets: bounds }); // prettier-ignore
    for (let i = 0; i < 30_000; i++) histogram.observe({ id: `series ${i}` }, 1);
    let turns = 0;
    let over = false;
    const count = () => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    const written = await instruments.registry.metrics();
    over = true;
    expect(written.match(/^h_count/gm)).toHaveLength(30_000);
    expect(turns).toBeGreaterThan(3);
  });

  it('leaves out series that are removed while it writes, and keeps the others', async () => {
    const instruments = createInstruments({ maxSeriesPerMetric: 1e6, labelLimits: { id: { maxValues: 1e6 } } }); // prettier-ignore
    const histogram = instruments.histogram({ name: 'h', help, labelNames: ['id'], buckets: bounds }); // prettier-ignore
    for (let i = 0; i < 30_000; i++) histogram.observe({ id: `${i}` }, 1);
    const writing = instruments.registry.metrics();
    await new Promise(setImmediate);
    for (let i = 0; i < 30_000; i += i < 20_000 ? 1 : 2) histogram.remove({ id: `${i}` });
    const kept = new Set((await writing).match(/(?<=^h_count\{id=")\d+/gm));
    for (let i = 20_001; i < 30_000; i += 2) expect(kept.has(`${i}`)).toBe(true);
    const after = (await instruments.registry.metrics()).match(/^h_count/gm);
    expect(after).toHaveLength(5000);
  });

  it('runs once for calls at the same time, and fails as prom-client’s does', async () => {
    const registry = new MetricsRegistry();
    let collected = 0;
    let fail = false;
    new Gauge({
      name: 'g',
      help,
      registers: [registry],
      collect() {
        collected++;
        if (fail) throw new Error('collect');
      },
    });
    const [a, b] = await Promise.all([registry.metrics(), registry.metrics()]);
    expect(a).toBe(b);
    expect(collected).toBe(1);
    fail = true;
    await expect(registry.metrics()).rejects.toThrow('collect');
    fail = false;
    expect(await registry.metrics()).toContain('\ng 0\n');
  });
});
