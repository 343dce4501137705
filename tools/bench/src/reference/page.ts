/** Prints how long the reference app's page takes to load: `npm run bench:page -- --help`. */
import { loadavg } from 'node:os';
import { chromium } from 'playwright-core';
import { chromiumPath, startPostgres } from 'test-services';
import { whole } from '../command-line.js';
import { median, spread } from '../figures.js';
import { packageVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { loadPage, type PageLoad } from './page-load.js';
import { RunningService } from './running-service.js';

const mostMillis = 1000;
const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

await runSuiteCommand(
  {
    usage: 'npm run bench:page --',
    summary:
      'How long the page of the reference app takes to load in Chromium while traffic flows, from the start of the\n' +
      'navigation to the first contentful paint, and until it is live and shows figures and a chart. Each load has a\n' +
      'browser profile of its own, so that nothing is cached. Ends with 0 when it is live within a second (median).',
    options: { loads: whole(15, { min: 1, max: 1000, help: 'loads; medians are printed' }) },
  },
  async ({ loads }, report) => {
    const postgres = await startPostgres();
    const service = await RunningService.start([], {
      env: { DATABASE_URL: postgres.url, LOG_LEVEL: 'warn' },
    });
    const browser = await chromium.launch({ executablePath: await chromiumPath(), args: flags });
    try {
      await loadPage(browser, service.url); // warm-up of the browser
      const results: PageLoad[] = [];
      while (results.length < loads) results.push(await loadPage(browser, service.url));
      const of = (what: keyof PageLoad): number[] => results.map((load) => load[what]);
      const millis = (value: number): string => value.toFixed(0);
      console.log(
        `Chromium ${browser.version()}, ${loads} loads, nothing cached, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
      );
      console.log(
        table([
          ['first paint ms', 'live ms', 'files', 'bytes'],
          [
            spread(of('painted'), millis),
            spread(of('live'), millis),
            String(median(of('files'))),
            String(median(of('bytes'))),
          ],
        ]),
      );
      const by = 'the reference app';
      report.setting = `Chromium ${browser.version()} on the same machine, ${loads} loads with nothing cached, while built-in traffic flows.`;
      report.subject(by, packageVersion('reference'), 'defaults, with a Postgres of its own');
      const wall = { by, unit: 'ms', clock: 'wall', better: 'lower', digits: 0 } as const;
      report.add('painted', { what: 'first contentful paint', ...wall, values: of('painted') });
      report.add('live', { what: 'live, with figures and a chart', ...wall, values: of('live') });
      report.count('files', 'files of the page', by, median(of('files')), 'lower');
      report.add('bytes', { what: 'bytes over the wire', by, unit: 'B', better: 'lower', values: of('bytes') }); // prettier-ignore
      return median(of('live')) < mostMillis;
    } finally {
      await browser.close();
      await service.stop();
      await postgres.stop();
    }
  },
);
