import { AlertingSystem, MemoryStore, type Channel, type EscalationPolicies } from '@llm/alerting';
import { VirtualClock } from '@llm/alerting/testing';
import { Random } from '../random.js';

const minute = 60_000;
const day = 24 * 60 * minute;

const policies: EscalationPolicies = {
  policies: [
    {
      name: 'models',
      channels: ['chat'],
      steps: [
        { recurrence: { count: 3, within: '1h' }, channels: ['pager'], severity: 'critical' },
        { after: '15m', channels: ['pager'], repeatEvery: '10m', maxRepeats: 3 },
      ],
      minClear: '5m',
      expireAfter: '24h',
    },
  ],
};

type Call = 'report' | 'normal' | 'acknowledge' | 'resolve';

/** What happens to an alert, minutes after its beginning, and who is told of what by it. */
interface Life {
  readonly calls: readonly (readonly [minutes: number, call: Call])[];
  readonly told: Readonly<Record<string, number>>;
}

/** Each alert has one of these lives. */
export const lives: readonly Life[] = [
  // Brief: over before anybody looked.
  {
    calls: [
      [0, 'report'],
      [3, 'normal'],
    ],
    told: { 'initial chat': 1, 'resolved chat': 1 },
  },
  // Recurring: the third report pages, somebody acknowledges, and it clears.
  {
    calls: [
      [0, 'report'],
      [5, 'report'],
      [10, 'report'],
      [12, 'acknowledge'],
      [60, 'normal'],
    ],
    told: {
      'initial chat': 1,
      'escalated pager': 1,
      'acknowledged chat': 1,
      'acknowledged pager': 1,
      'resolved chat': 1,
      'resolved pager': 1,
    },
  },
  // Unanswered for a while: pages by time, reminds thrice.
  {
    calls: [
      [0, 'report'],
      [50, 'acknowledge'],
      [120, 'resolve'],
    ],
    told: {
      'initial chat': 1,
      'escalated pager': 1,
      'reminder pager': 3,
      'acknowledged chat': 1,
      'acknowledged pager': 1,
      'resolved chat': 1,
      'resolved pager': 1,
    },
  },
  // Never answered and never heard of again: expires.
  {
    calls: [[0, 'report']],
    told: {
      'initial chat': 1,
      'escalated pager': 1,
      'reminder pager': 3,
      'resolved chat': 1,
      'resolved pager': 1,
    },
  },
  // Comes back the next day.
  {
    calls: [
      [0, 'report'],
      [3, 'normal'],
      [1440, 'report'],
      [1443, 'normal'],
    ],
    told: { 'initial chat': 2, 'resolved chat': 2 },
  },
];

function lifeOf(index: number): Life {
  const life = lives[index % lives.length];
  if (life === undefined) throw new RangeError('there are no lives');
  return life;
}

/** How many notifications of each kind each channel should have got. */
export function expectedTotals(alerts: number): Record<string, number> {
  const totals: Record<string, number> = {};
  for (let index = 0; index < alerts; index += 1) {
    for (const [what, count] of Object.entries(lifeOf(index).told)) {
      totals[what] = (totals[what] ?? 0) + count;
    }
  }
  return totals;
}

/** What became of a month. */
export interface Month {
  /** Notifications by kind and channel. */
  readonly totals: Readonly<Record<string, number>>;
  /** Notifications that were sent later than they were decided. */
  readonly late: number;
  /** Deliveries that were sent twice. */
  readonly twice: number;
  /** Alerts that are not resolved at the end. */
  readonly active: number;
  /** Reports, acknowledgements and resolutions. */
  readonly occurred: number;
}

/** Lets 30 days pass, and two more for what began on the last. */
export async function simulateMonth(alerts: number, seed: number): Promise<Month> {
  const random = new Random(seed);
  const clock = new VirtualClock();
  const totals: Record<string, number> = {};
  const ids = new Set<string>();
  let late = 0;
  let sent = 0;
  const channel = (name: string): Channel => ({
    name,
    send({ id, notifications }) {
      ids.add(id);
      sent += 1;
      for (const { kind, at } of notifications) {
        const what = `${kind} ${name}`;
        totals[what] = (totals[what] ?? 0) + 1;
        if (at !== clock.now()) late += 1;
      }
      return Promise.resolve();
    },
  });
  const system = new AlertingSystem({
    channels: [channel('chat'), channel('pager')],
    policies,
    store: new MemoryStore({ clock, retentionMillis: 7 * day }),
    clock,
  });
  const begun = clock.now();
  const events: { readonly at: number; readonly call: Call; readonly name: string }[] = [];
  for (let index = 0; index < alerts; index += 1) {
    const start = random.whole(0, 30 * day);
    for (const [minutes, call] of lifeOf(index).calls) {
      events.push({ at: begun + start + minutes * minute, call, name: `model-${index}` });
    }
  }
  events.sort((a, b) => a.at - b.at);
  system.start();
  for (const { at, call, name } of events) {
    if (at > clock.now()) await clock.advance(at - clock.now());
    await perform(system, call, name);
  }
  await clock.advance(begun + 32 * day - clock.now());
  const { store } = await system.stats();
  await system.stop();
  const active = store?.active ?? NaN;
  return { totals, late, twice: sent - ids.size, active, occurred: events.length };
}

async function perform(system: AlertingSystem, call: Call, modelName: string): Promise<void> {
  const key = `model_anomaly_${modelName}`;
  if (call === 'report')
    await system.processAnomalyAlert({ modelName, status: 'anomaly_detected' });
  else if (call === 'normal') await system.processAnomalyAlert({ modelName, status: 'normal' });
  else if (call === 'acknowledge') await system.acknowledge(key, { by: 'ann' });
  else await system.resolve(key, { by: 'ann' });
}
