/** One suite of the harness: a command that can be run alone, with the arguments that it is given here. */
export interface Suite {
  readonly title: string;
  /** The script of the root's package.json that runs it alone. */
  readonly command: string;
  /** Where it lives, from the folder above this one. */
  readonly script: string;
  /** Rounds and sizes, so that all suites together take less than half an hour. */
  readonly args?: readonly string[];
  /** Node's own flags. */
  readonly execArgv?: readonly string[];
  /** What it needs of the folder of data, without which it is left out; it is given as `--data`. */
  readonly data?: string;
  /**
   * `alone`, the default: what else runs would change its figures. `simulates`: it gives the same figures whatever else
   * runs. `kills`: it tells what becomes of processes that are killed. `waits`: its figures are counts and waits for timers,
   * which leave a core free: for the other two, one after the other.
   */
  readonly kind?: 'alone' | 'simulates' | 'kills' | 'waits';
  /** After so many minutes it is ended. Default 15. */
  readonly limitMinutes?: number;
}

const seed = ['--seed', '30000001'];

/** All suites in the order in which they are shown: log line, metrics, spans, routes, detection, alerting, loading. */
export const suites: Readonly<Record<string, Suite>> = {
  'logging-lines': {
    title: 'What a log line costs',
    command: 'bench:logging-lines',
    script: 'logging/lines.js',
    args: ['--rounds', '3'],
  },
  'logging-requests': {
    title: 'What the log line of a request costs a service',
    command: 'bench:logging-requests',
    script: 'logging/requests.js',
    args: ['--rounds', '5'],
  },
  'logging-destinations': {
    title: 'Bursts of log lines to destinations in trouble',
    command: 'bench:logging-destinations',
    script: 'logging/destinations.js',
    args: ['--rounds', '2'],
  },
  'logging-crash': {
    title: 'Log lines that a SIGKILL loses',
    command: 'crash:logging',
    kind: 'kills',
    script: 'logging/kill.js',
    args: ['--kills', '30'],
  },
  'metrics-recording': {
    title: 'What recording a metric costs',
    command: 'bench:metrics-recording',
    script: 'metrics/recording.js',
    args: ['--rounds', '5'],
  },
  'metrics-scrape': {
    title: 'What a scrape costs, and the memory of a series',
    command: 'bench:metrics-scrape',
    script: 'metrics/scrape.js',
    args: ['--rounds', '3'],
  },
  'metrics-tenants': {
    title: 'A million distinct tenants',
    command: 'bench:metrics-tenants',
    script: 'metrics/tenants.js',
    execArgv: ['--expose-gc'],
  },
  'metrics-dashboard': {
    title: 'The dashboard on a million rows',
    command: 'bench:metrics-dashboard',
    script: 'metrics/dashboard.js',
  },
  'tracing-cost': {
    title: 'What tracing a model call costs',
    command: 'bench:tracing-cost',
    script: 'tracing/cost.js',
    args: ['--rounds', '5'],
  },
  'tracing-burst': {
    title: 'Spans in bursts, to their exporters',
    command: 'bench:tracing-burst',
    script: 'tracing/burst.js',
    args: ['--rounds', '1', '--seconds', '5'],
  },
  'tracing-server': {
    title: 'What tracing costs a whole route',
    command: 'bench:tracing-server',
    script: 'tracing/server.js',
    args: ['--rounds', '7', '--requests', '10000'],
  },
  'tracing-peers': {
    title: "What wrappers of OpenAI's client keep and lose",
    command: 'bench:tracing-peers',
    script: 'tracing/peers.js',
  },
  'reference-cost': {
    title: 'What observability costs the reference app',
    command: 'bench:reference',
    script: 'reference/cost.js',
    args: ['--rounds', '3', '--requests', '3000'],
  },
  'reference-page': {
    title: "How long the reference app's page takes to load",
    command: 'bench:page',
    script: 'reference/page.js',
  },
  'reference-detectors': {
    title: "The reference app's jailbreak detector on labelled prompts",
    command: 'bench:detectors',
    kind: 'simulates',
    script: 'reference/detectors.js',
    data: 'texts',
  },
  'anomaly-forest': {
    title: 'The isolation forest: speed, and accuracy on labelled sets',
    command: 'bench:anomaly-forest',
    script: 'anomaly/forest.js',
    args: ['--seeds', '10', '--rounds', '7'],
    data: 'outliers',
  },
  'anomaly-series': {
    title: 'Detection on labelled series of real services',
    command: 'bench:anomaly-series',
    kind: 'simulates',
    script: 'anomaly/series.js',
    data: 'timeseries',
  },
  'anomaly-weeks-1': {
    title: 'False findings and incidents found, one model',
    command: 'bench:anomaly-weeks',
    kind: 'simulates',
    script: 'anomaly/weeks.js',
    args: ['--models', '1', '--processes', '300', '--weeks', '1', ...seed],
  },
  'anomaly-weeks-1-single': {
    title: 'The same without the relation between metrics',
    command: 'bench:anomaly-weeks',
    kind: 'simulates',
    script: 'anomaly/weeks.js',
    args: ['--models', '1', '--processes', '150', '--weeks', '1', '--relation', 'off', ...seed],
  },
  'anomaly-weeks-1-forest': {
    title: 'The same with the isolation forest',
    command: 'bench:anomaly-weeks',
    kind: 'simulates',
    script: 'anomaly/weeks.js',
    args: ['--models', '1', '--processes', '60', '--weeks', '1', '--forest', 'on', ...seed],
  },
  'anomaly-weeks-100': {
    title: 'False findings and incidents found, 100 models of a process',
    command: 'bench:anomaly-weeks',
    kind: 'simulates',
    script: 'anomaly/weeks.js',
    args: ['--models', '100', '--processes', '3', '--weeks', '1', ...seed],
  },
  'anomaly-weeks-1000': {
    title: 'False findings and incidents found, 1000 models of a process',
    command: 'bench:anomaly-weeks',
    kind: 'simulates',
    script: 'anomaly/weeks.js',
    args: ['--models', '1000', '--processes', '1', '--weeks', '1', ...seed],
    limitMinutes: 20,
  },
  'anomaly-scale': {
    title: 'Memory and time of a monitor of many models',
    command: 'bench:anomaly-scale',
    script: 'anomaly/scale.js',
    args: ['--models', '1000'],
  },
  'alerting-rates': {
    title: 'Rates, latencies and memory of alerting',
    command: 'bench:alerting',
    script: 'alerting/rates.js',
    args: ['--rounds', '3'],
  },
  'alerting-month': {
    title: 'A month of alerts by the virtual clock',
    command: 'bench:alerting-month',
    script: 'alerting/month.js',
    args: ['--seed', '1'],
  },
  'alerting-storm': {
    title: 'Alerts in a storm: how often each is paged',
    command: 'storm:alerting',
    kind: 'waits',
    script: 'alerting/storm.js',
    args: ['--alerts', '1000'],
  },
  'alerting-crash': {
    title: 'Replicas that are killed and paused',
    command: 'crash:alerting',
    kind: 'waits',
    script: 'alerting/crash.js',
    args: ['--rounds', '15', '--seed', '1000'],
  },
  'alerting-failover': {
    title: 'Replicas, and stores, that end',
    command: 'failover:alerting',
    kind: 'kills',
    script: 'alerting/failover.js',
    args: ['--rounds', '20', '--kills', '2', '--seed', '1'],
  },
  weight: {
    title: 'What installing each package brings',
    command: 'bench:weight',
    script: 'weight/weight.js',
  },
  loading: {
    title: 'How long each package takes to load',
    command: 'bench:loading',
    script: 'loading/loading.js',
    args: ['--rounds', '9'],
  },
};

/** Suites as they are run: first one after the other those that must be alone, then both lists beside each other. */
export function scheduleOf(names: readonly string[]): {
  readonly alone: string[];
  readonly beside: readonly [others: string[], waiting: string[]];
} {
  const of = (kind: Suite['kind']): string[] =>
    names.filter((name) => (suites[name]?.kind ?? 'alone') === kind);
  return { alone: of('alone'), beside: [[...of('simulates'), ...of('kills')], of('waits')] };
}

/** Names that begin so. @throws RangeError where one begins no name. */
export function suitesNamed(beginnings: readonly string[]): string[] {
  const names = Object.keys(suites);
  for (const beginning of beginnings) {
    if (!names.some((name) => name.startsWith(beginning))) {
      throw new RangeError(`no suite begins with "${beginning}"; there are ${names.join(', ')}`);
    }
  }
  return names.filter((name) => beginnings.some((beginning) => name.startsWith(beginning)));
}

/** How it is run alone, as the harness runs it. */
export function commandOf({ command, args = [], data }: Suite): string {
  const all = [...args, ...(data === undefined ? [] : ['--data', '<folder>'])];
  return `npm run ${command}${all.length === 0 ? '' : ` -- ${all.join(' ')}`}`;
}
