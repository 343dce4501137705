import type { HistoryEntry } from '@llm/alerting';
import { describe, expect, it } from 'vitest';
import type { Expected } from '../../src/alerting/alert-script.js';
import { crashVerdict, type CrashEvidence } from '../../src/alerting/crash-verdict.js';
import type { ReceivedRequest } from '../../src/alerting/recording-receiver.js';
import type { AttemptEnd } from '../../src/alerting/replica-messages.js';

const key = 'recurring-1';
const initial: Expected = { key, episode: 1, kind: 'initial', step: null, certain: true };
const escalated: Expected = { key, episode: 1, kind: 'escalated', step: 'third', certain: true };

function request(
  channel: string,
  id: string,
  replica: string,
  { kind, step, episode }: Expected,
): ReceivedRequest {
  const notifications = [{ kind, step, alert: { key, episode } }];
  return {
    channel,
    headers: { 'x-replica': replica },
    body: JSON.stringify({ id, notifications }),
    at: 0,
    taken: true,
    answeredAt: null,
  };
}

function entry(event: HistoryEntry['event'], episode = 1): HistoryEntry {
  return {
    at: 0,
    event,
    cause: { kind: 'raise' },
    episode,
    status: 'firing',
    severity: 'medium',
    escalationLevel: 1,
  };
}

/** An alert that was raised and escalated, and of which both channels heard once. */
function evidence(changes: Partial<CrashEvidence> = {}): CrashEvidence {
  return {
    expected: [initial, escalated],
    requests: [
      request('keyed', 'k1', 'a', initial),
      request('plain', 'p1', 'a', initial),
      request('keyed', 'k2', 'b', escalated),
      request('plain', 'p2', 'b', escalated),
    ],
    replicas: [
      { name: 'a', killedAt: null, wasPaused: false, attempts: [] },
      { name: 'b', killedAt: null, wasPaused: false, attempts: [] },
    ],
    histories: new Map([[key, [entry('firing'), entry('escalated')]]]),
    ...changes,
  };
}

const again = [...evidence().requests, request('plain', 'p1', 'b', initial)];
const end = (how: AttemptEnd['end'], deliveryId = 'p1', lease = 'l1'): AttemptEnd => ({
  deliveryId,
  lease,
  end: how,
});
const replicas = (killedAt: number | null, attempts: readonly AttemptEnd[], wasPaused = false) => [
  { name: 'a', killedAt, wasPaused, attempts },
  { name: 'b', killedAt: null, wasPaused: false, attempts: [] },
];

describe('crashVerdict', () => {
  it('finds nothing where everything came once', () => {
    expect(crashVerdict(evidence())).toEqual({
      problems: [],
      expected: 2,
      lost: 0,
      keyedDuplicates: 0,
      plainDuplicates: 0,
      killedInFlight: 0,
      leasesLost: 0,
      leasesLostAwake: 0,
    });
  });

  it('finds what was lost, a refused request included', () => {
    const requests = evidence().requests.filter(({ channel }) => channel === 'keyed');
    const verdict = crashVerdict(evidence({ requests }));
    expect(verdict.lost).toBe(2);
    expect(verdict.problems).toContain(`plain: ${key} episode 1 escalated third was lost`);
    const refused = evidence().requests.map((one, place) => ({ ...one, taken: place !== 0 }));
    expect(crashVerdict(evidence({ requests: refused })).lost).toBe(1);
  });

  it('finds a notification under two idempotency keys, on either channel', () => {
    const requests = [...evidence().requests, request('keyed', 'k3', 'b', initial)];
    const verdict = crashVerdict(evidence({ requests }));
    expect(verdict).toMatchObject({ keyedDuplicates: 1, lost: 0 });
    expect(verdict.problems).toEqual([
      `keyed: ${key} episode 1 initial came under 2 idempotency keys, not 1`,
    ]);
    const plain = [...evidence().requests, request('plain', 'p3', 'b', initial)];
    expect(crashVerdict(evidence({ requests: plain })).problems).toHaveLength(1);
  });

  it('lets the same key come twice where the receiver honours it', () => {
    const requests = [...evidence().requests, request('keyed', 'k1', 'b', initial)];
    expect(crashVerdict(evidence({ requests })).problems).toEqual([]);
  });

  it('finds a repeated request that nothing excuses', () => {
    for (const attempts of [[], [end('settled')]]) {
      const verdict = crashVerdict(
        evidence({ requests: again, replicas: replicas(null, attempts) }),
      );
      expect(verdict.plainDuplicates).toBe(1);
      expect(verdict.problems).toEqual([
        expect.stringContaining('came 2 times, from a, b; 0 of them'),
      ]);
    }
  });

  it('excuses it by a kill in flight, and only when the send was not settled before', () => {
    const excused = crashVerdict(evidence({ requests: again, replicas: replicas(1, []) }));
    expect(excused).toMatchObject({ problems: [], plainDuplicates: 1, killedInFlight: 1 });
    const settled = crashVerdict(
      evidence({ requests: again, replicas: replicas(1, [end('settled')]) }),
    );
    expect(settled.problems).toHaveLength(1);
  });

  it('excuses it by a lost lease, once for each lease, and not by one that was settled after all', () => {
    const lost = replicas(null, [end('lost'), end('lost')]);
    expect(crashVerdict(evidence({ requests: again, replicas: lost }))).toMatchObject({
      problems: [],
      leasesLost: 1,
      leasesLostAwake: 1,
    });
    const paused = replicas(null, [end('lost')], true);
    expect(crashVerdict(evidence({ requests: again, replicas: paused }))).toMatchObject({
      problems: [],
      leasesLost: 1,
      leasesLostAwake: 0,
    });
    const thrice = [...again, request('plain', 'p1', 'b', initial)];
    expect(crashVerdict(evidence({ requests: thrice, replicas: lost })).problems).toHaveLength(1);
    const crossed = replicas(null, [end('lost'), end('settled')]);
    expect(crashVerdict(evidence({ requests: again, replicas: crossed })).problems).toHaveLength(1);
    const another = replicas(null, [end('lost', 'p2')]);
    expect(crashVerdict(evidence({ requests: again, replicas: another })).problems).toHaveLength(1);
  });

  it('finds an escalation that happened twice, or after an acknowledgement', () => {
    const twice = new Map([[key, [entry('firing'), entry('escalated'), entry('escalated')]]]);
    expect(crashVerdict(evidence({ histories: twice })).problems).toEqual([
      `${key}: escalated 2 times, not 1 to 1`,
    ]);
    const late = new Map([[key, [entry('firing'), entry('acknowledged'), entry('escalated')]]]);
    expect(crashVerdict(evidence({ histories: late })).problems).toEqual([
      `${key}: escalated in episode 1 after its acknowledgement`,
    ]);
  });

  it('finds what overtook, what was not expected, and a delivery that changed', () => {
    const overtaken = evidence().requests.slice().reverse();
    expect(crashVerdict(evidence({ requests: overtaken })).problems).toHaveLength(2);
    const unexpected = crashVerdict(evidence({ expected: [initial] }));
    expect(unexpected.problems).toContain(
      `plain: ${key} episode 1 escalated third was not expected`,
    );
    const changed = [...evidence().requests, request('keyed', 'k1', 'b', escalated)];
    expect(crashVerdict(evidence({ requests: changed })).problems).toContain(
      `keyed: delivery k1 carried ${key} episode 1 initial, then ${key} episode 1 escalated third`,
    );
  });

  it('takes the store at its word for steps by time of an alert that was acknowledged', () => {
    const uncertain = { ...escalated, step: 'soon', certain: false };
    const requests = evidence().requests.filter(({ body }) => !body.includes('escalated'));
    const cancelled = evidence({
      expected: [initial, uncertain],
      requests,
      histories: new Map([[key, [entry('firing'), entry('acknowledged')]]]),
    });
    expect(crashVerdict(cancelled).problems).toEqual([]);
    const happened = new Map([[key, [entry('firing'), entry('escalated'), entry('acknowledged')]]]);
    expect(crashVerdict({ ...cancelled, histories: happened }).lost).toBe(2);
  });
});
