/** Prints what installing each package brings, beside its peers: `npm run bench:weight -- --help`. */
import { statSync } from 'node:fs';
import { pack, publishedPackages } from 'package-check';
import { findProgram } from 'test-services';
import { packageVersion, programVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { weighInstallation } from './installation.js';

interface Candidate {
  /** What the table calls it. */
  readonly name: string;
  /** What npm is asked for; names of ours are taken from this workspace, packed. */
  readonly install: readonly string[];
}

const api = '@opentelemetry/api@1.9.1';
const sdk = [
  ...['sdk-trace-node@2.11.0', 'sdk-trace-base@2.11.0', 'resources@2.11.0'],
  ...['exporter-trace-otlp-proto@0.222.0', 'instrumentation@0.222.0'],
  ...['instrumentation-http@0.222.0', 'instrumentation-undici@0.32.0', 'instrumentation-pg@0.74.0'],
].map((name) => `@opentelemetry/${name}`);

/** Ours first, then those that people take instead, for the same job. */
const jobs: Readonly<Record<string, readonly Candidate[]>> = {
  tracing: [
    { name: '@llm/tracing', install: ['@llm/tracing', api] },
    { name: '@llm/tracing, SDK, OTLP, http, fetch, pg', install: ['@llm/tracing', api, ...sdk] },
    {
      name: 'OpenTelemetry sdk-node, auto-instrumentations',
      install: [
        api,
        '@opentelemetry/sdk-node@0.222.0',
        '@opentelemetry/auto-instrumentations-node@0.80.0',
      ],
    },
    {
      name: 'Langfuse, sdk-node',
      install: [
        api,
        ...['@langfuse/tracing@5.11.1', '@langfuse/otel@5.11.1', '@opentelemetry/sdk-node@0.222.0'],
      ],
    },
    { name: 'Traceloop', install: ['@traceloop/node-server-sdk@0.27.0'] },
  ],
  metrics: [
    { name: '@llm/metrics', install: ['@llm/metrics', api] },
    { name: 'prom-client', install: ['prom-client@15.1.3'] },
    {
      name: 'prom-client, express-prom-bundle',
      install: ['prom-client@15.1.3', 'express-prom-bundle@8.0.0'],
    },
  ],
  logging: [
    { name: '@llm/logging', install: ['@llm/logging', api] },
    { name: 'winston', install: ['winston@3.19.0'] },
    { name: 'pino', install: ['pino@10.4.0'] },
  ],
  anomaly: [
    { name: '@llm/anomaly', install: ['@llm/anomaly'] },
    { name: 'ml-isolation-forest', install: ['ml-isolation-forest@0.1.0'] },
    { name: 'isolation-forest', install: ['isolation-forest@0.0.9'] },
  ],
  alerting: [
    { name: '@llm/alerting', install: ['@llm/alerting'] },
    { name: 'PagerDuty client pdjs', install: ['@pagerduty/pdjs@2.2.4'] },
  ],
};

await runSuiteCommand(
  {
    usage: 'npm run bench:weight --',
    summary:
      'What installing each package brings into an empty folder, in packages and megabytes, beside its peers.\n' +
      'Ours are packed from this workspace; all else comes from the registry.',
    options: {},
  },
  async (_options, report) => {
    report.setting =
      'Installed by npm into an empty folder, without anything else; sizes are those of the files.';
    const tarballs = new Map<string, string>();
    for (const published of publishedPackages()) {
      tarballs.set(published.name, (await pack(published)).tarball);
    }
    const rows: string[][] = [];
    for (const [job, candidates] of Object.entries(jobs)) {
      for (const [index, { name, install }] of candidates.entries()) {
        const weight = await weighInstallation(install.map((one) => tarballs.get(one) ?? one));
        const ours = tarballs.has(install[0] ?? '');
        const versions = install.map((one) =>
          tarballs.has(one) ? `${one}@${packageVersion(one)}` : one,
        );
        const first = versions[0] ?? '';
        report.subject(name, first.slice(first.lastIndexOf('@') + 1), versions.slice(1).join(', '));
        const beside = ours || index === 0 ? {} : { beside: `${job}.0` };
        const digits = 1;
        report.add(`${job}.${index}`, {
          what: `${job}: files installed`,
          by: name,
          unit: 'MB',
          better: 'lower',
          digits,
          values: [weight.megabytes],
          ...beside,
        });
        report.count(
          `${job}.${index}.packages`,
          `${job}: packages installed`,
          name,
          weight.packages,
          'lower',
        );
        rows.push([
          job,
          name,
          String(weight.packages),
          weight.megabytes.toFixed(1),
          versions.join(' '),
        ]);
      }
      if (job === 'alerting') {
        const program = findProgram('prometheus-alertmanager') ?? findProgram('alertmanager');
        if (program !== undefined) {
          const version = programVersion('prometheus-alertmanager', 'alertmanager');
          const megabytes = statSync(program).size / 1e6;
          rows.push([job, 'Alertmanager, the program', '1', megabytes.toFixed(1), version]);
        }
      }
    }
    console.log(table([['', '', 'packages', 'MB', 'versions'], ...rows]));
    return true;
  },
);
