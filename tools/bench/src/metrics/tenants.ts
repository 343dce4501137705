/** Sends many distinct tenants through `detectorRequests`: `npm run bench:metrics-tenants -- --help`. */
import { createBusinessMetrics } from '@llm/metrics';
import { whole } from '../command-line.js';
import { grouped } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';

function usedBytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

await runSuiteCommand(
  {
    usage: 'npm run bench:metrics-tenants --',
    summary:
      'Counts requests of many distinct tenants and checks memory, the total under __other__, and the tenants\n' +
      'that are always admitted.',
    options: {
      tenants: whole(1_000_000, { min: 2000, max: 20_000_000, help: 'distinct tenants' }),
    },
  },
  async ({ tenants }, report) => {
    const allow = ['vip-1', 'vip-2'];
    const metrics = createBusinessMetrics({ labelLimits: { tenant_id: { allow } } });
    const before = usedBytes();
    const begun = process.cpuUsage();
    for (let i = 0; i < tenants; i++) {
      metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id: `t${i}`, status: 'success' });
    }
    const { user } = process.cpuUsage(begun);
    // They come last, when all places are taken.
    for (const tenant_id of allow) {
      metrics.detectorRequests.inc({ detector_type: 'pii', tenant_id, status: 'success' }, 5);
    }
    const kilobytes = (usedBytes() - before) / 1e3;
    const scrapeBegun = process.cpuUsage();
    const text = await metrics.registry.metrics();
    const scrape = process.cpuUsage(scrapeBegun);
    const { values } = await metrics.detectorRequests.get();
    const of = (tenant: string): number | undefined =>
      values.find(({ labels }) => labels.tenant_id === tenant)?.value;
    const folded = /^metrics_folded_observations_total\{.*label="tenant_id".*\} (\d+)$/m.exec(
      text,
    )?.[1];
    const right =
      of('__other__') === tenants - 1000 &&
      Number(folded) === tenants - 1000 &&
      values.length === 1000 + 1 + allow.length &&
      allow.every((tenant) => of(tenant) === 5) &&
      values.reduce((sum, { value }) => sum + value, 0) === tenants + 10;
    console.log(`Node ${process.version}, ${grouped(tenants)} distinct tenants`);
    console.log(`${((user * 1000) / tenants).toFixed(0)} CPU ns for each of them`);
    console.log(`${values.length} series, ${kilobytes.toFixed(0)} kB more memory than before`);
    console.log(`__other__ ${grouped(of('__other__') ?? NaN)}, folded ${grouped(Number(folded))}`);
    console.log(`allow-listed: ${allow.map((tenant) => `${tenant} ${of(tenant)}`).join(', ')}`);
    console.log(`scrape ${((scrape.user + scrape.system) / 1000).toFixed(1)} ms of CPU`);
    const by = '@llm/metrics';
    report.setting = `${grouped(tenants)} distinct tenants are counted, of which 1 000 have a series, and two that are always admitted.`;
    report.subject(by, packageVersion(by), 'labelLimits: { tenant_id: { allow } }');
    const each = 'each count of a tenant that is new';
    report.add('count', { what: each, by, unit: 'ns', clock: 'CPU', better: 'lower', values: [(user * 1000) / tenants] }); // prettier-ignore
    report.add('memory', { what: 'memory beyond that before', by, unit: 'kB', better: 'lower', digits: 0, values: [kilobytes] }); // prettier-ignore
    report.count('series', 'series', by, values.length);
    report.count('other', 'counted under __other__', by, of('__other__') ?? NaN);
    const bounded = kilobytes < 2000;
    console.log(right && bounded ? 'holds' : 'does not hold');
    return right && bounded;
  },
);
