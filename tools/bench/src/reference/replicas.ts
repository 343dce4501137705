/** Three replicas of the reference app, one of which is killed in an incident: `npm run replicas:reference -- --help`. */
import { setTimeout } from 'node:timers/promises';
import type { WebhookBody } from '@llm/alerting';
import pg from 'pg';
import { startPostgres, startRedis } from 'test-services';
import { startRecordingReceiver, type ReceivedRequest } from '../alerting/recording-receiver.js';
import { idempotencyKeyOf } from '../alerting/storm-tally.js';
import { runCommand, seedOption, whole } from '../command-line.js';
import { Random } from '../random.js';
import { table } from '../table.js';
import { startBalancer } from './balancer.js';
import { MappingClients } from './mapping-clients.js';
import { RunningService } from './running-service.js';

const replicaCount = 3;
const trainingWindows = 50;
const faultSeconds = 25;
const detector = 'jailbreak';

interface Round {
  readonly killed: string;
  readonly alerts: readonly string[];
  /** `key kind` of each notification, as often as it was told under a key of its own. */
  readonly pages: readonly string[];
  /** Requests that repeated an idempotency key that had been taken. */
  readonly repeated: number;
  readonly answered: number;
  readonly failed: number;
  readonly rows: number;
  readonly unanswered: number;
  readonly lost: readonly string[];
  readonly escalations: number;
  readonly agree: boolean;
}

/** Whether it is the one that monitors. */
async function monitors({ url }: RunningService): Promise<boolean> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return /^llm_component_stats\{component="anomaly",stat="holds"\} 1$/m.test(metrics);
}

async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await setTimeout(100);
  }
}

/** What a receiver was told, by idempotency key: it forgets a key that it has taken before. */
function pagesOf(requests: readonly ReceivedRequest[]): {
  pages: string[];
  repeated: number;
} {
  const seen = new Set<string>();
  const pages: string[] = [];
  let repeated = 0;
  for (const request of requests) {
    const id = idempotencyKeyOf(request);
    if (seen.has(id)) {
      repeated += 1;
      continue;
    }
    seen.add(id);
    for (const { kind, alert } of (JSON.parse(request.body) as WebhookBody).notifications) {
      pages.push(`${alert.key} ${kind}`);
    }
  }
  return { pages, repeated };
}

async function playRound(number: number, perSecond: number, random: Random): Promise<Round> {
  const [postgres, redis] = await Promise.all([
    startPostgres({ breakable: true }),
    startRedis({ breakable: true }),
  ]);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined);
  const receiver = await startRecordingReceiver({
    answer: () => ({ status: 200 }),
  });
  const balancer = await startBalancer();
  const replicas: RunningService[] = [];
  try {
    const args = ['--no-traffic', '--allow-faults', '--training', String(trainingWindows)];
    const env = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      ALERT_WEBHOOK_URL: receiver.url('page'),
      TEXT_HMAC_KEY: 'the same in all replicas',
      LOG_LEVEL: 'error',
    };
    for (let index = 0; index < replicaCount; index += 1) {
      replicas.push(await RunningService.start(args, { env }));
    }
    balancer.use(replicas.map(({ url }) => url));
    const clients = new MappingClients(balancer.url, `round-${number}-`, perSecond);
    await until('a baseline of every detector, told by every replica', 180, async () => {
      const all = await Promise.all(replicas.map((replica) => replica.models()));
      return all.every((models) =>
        models.every(({ windowsTrained }) => windowsTrained >= trainingWindows),
      );
    });
    await setTimeout(6000); // what was learnt is saved every 5 s

    const fault = { kind: 'latency', detector, durationSeconds: faultSeconds };
    await Promise.all(replicas.map((replica) => replica.post('/faults', fault)));
    await setTimeout(random.whole(0, 8000));
    // The one that monitors every other time: it is the only one whose end is noticed.
    const monitoring = await Promise.all(replicas.map(monitors));
    const wanted = number % 2 === 1;
    const victim = random.pick(replicas.filter((_, index) => monitoring[index] === wanted));
    await victim.kill();
    const left = replicas.filter((replica) => replica !== victim);
    await setTimeout(1000); // until then the balancer finds out by itself
    balancer.use(left.map(({ url }) => url));

    const alerts = () => random.pick(left).alerts();
    await until('the escalation', faultSeconds + 30, async () =>
      (await alerts()).history.some(({ event }) => event === 'escalated'),
    );
    await until('the resolution', faultSeconds + 120, async () => {
      const { active } = await alerts();
      return active.length === 0;
    });
    await setTimeout(2000);
    await clients.stop();
    const told = await Promise.all(left.map((replica) => replica.alerts()));
    const { history } = await alerts();
    const { lost, rows, unanswered } = await clients.missing(pool);
    return {
      killed: wanted ? 'the one that monitored' : 'one that stood by',
      alerts: [...new Set(history.map(({ key }) => key))],
      ...pagesOf(receiver.requests.filter(({ taken }) => taken)),
      answered: clients.answered.length,
      failed: clients.failed,
      rows,
      unanswered,
      lost,
      escalations: history.filter(({ event }) => event === 'escalated').length,
      agree: new Set(told.map((one) => JSON.stringify(one))).size === 1,
    };
  } catch (error) {
    for (const replica of replicas) {
      const seen = await Promise.all(
        ['/models', '/alerts'].map((path) => replica.get(path).catch(String)),
      );
      console.error(`${replica.url}: ${JSON.stringify(seen)}`);
    }
    throw error;
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await balancer.close();
    await receiver.close();
    await pool.end();
    await Promise.all([postgres.stop(), redis.stop()]);
  }
}

/** One page of each kind: the alert, and that it escalated, unless both were the same moment. */
function holds({ alerts, pages, lost, escalations, agree, answered }: Round): boolean {
  const urgent = pages.filter((page) => /(?:initial|escalated)$/.test(page));
  return (
    alerts.length === 1 &&
    urgent.length === new Set(urgent).size &&
    urgent.filter((page) => page.endsWith('escalated')).length === 1 &&
    escalations === 1 &&
    agree &&
    answered > 0 &&
    lost.length === 0
  );
}

await runCommand(
  {
    usage: 'npm run replicas:reference --',
    summary:
      'Runs three replicas of the reference app on a fresh Postgres and Redis behind a round-robin balancer, breaks one\n' +
      'detector, and kills a replica with SIGKILL meanwhile (in odd rounds the one that monitors). A real HTTP receiver\n' +
      'must be paged once, and no mapping that was answered with 200 may be missing. Ends with 1 when that fails.',
    options: {
      rounds: whole(3, {
        min: 1,
        max: 1000,
        help: 'incidents, each with fresh servers',
      }),
      rate: whole(20, { min: 1, max: 1000, help: 'requests a second' }),
      seed: seedOption(),
    },
  },
  async ({ rounds, rate, seed }) => {
    console.log(`seed ${seed}`);
    const all: Round[] = [];
    for (let number = 1; number <= rounds; number += 1) {
      const round = await playRound(number, rate, new Random(seed + number));
      all.push(round);
      console.log(
        `round ${number}: killed ${round.killed}; told: ${round.pages.join(', ')}` +
          (round.lost.length > 0 ? `; LOST ${round.lost.slice(0, 5).join(', ')}` : ''),
      );
    }
    console.log(
      table([
        ['killed', 'alerts', 'initial', 'escalated', 'repeated', 'answered 200', 'failed', 'rows', 'lost', 'unanswered but stored', ''], // prettier-ignore
        ...all.map((round) => [
          round.killed,
          round.alerts.length,
          round.pages.filter((page) => page.endsWith('initial')).length,
          round.pages.filter((page) => page.endsWith('escalated')).length,
          round.repeated,
          round.answered,
          round.failed,
          round.rows,
          round.lost.length,
          round.unanswered,
          holds(round) ? 'holds' : 'MISSED',
        ]),
      ]),
    );
    return all.every(holds);
  },
);
