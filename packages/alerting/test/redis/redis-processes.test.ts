import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startRedis } from 'test-services';
import type { RaiseOutcome } from '../../src/index.js';
import { RedisStore } from '../../src/redis.js';
import { testClaim, testPlan, testRaise } from '../../src/testing/commands.js';
import { connectIoredis } from './redis-replicas.js';

async function told(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as [unknown];
  return message;
}

it('the k-th occurrence escalates exactly once, and pages once, under raises from several processes', async () => {
  const redis = await startRedis();
  const { client, close } = await connectIoredis(redis.url);
  const prefix = `test-${randomUUID()}`;
  const [step] = testPlan().recurrence;
  const plan = testPlan({ recurrence: [{ ...step!, count: 7 }], keepOccurrences: 7 });
  const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
  // Each process raises each alert four times, all of them interleaved: 12 raises an alert.
  const commands = [0, 1, 2, 3].flatMap(() => keys.map((key) => testRaise(key, { plan })));
  const children = [0, 1, 2].map(() =>
    fork(new URL('../fixtures/raising-replica.js', import.meta.url)),
  );
  try {
    await Promise.all(children.map(told));
    for (const child of children) child.send({ url: redis.url, prefix, commands });
    await Promise.all(children.map(told));
    const answers = Promise.all(children.map(told));
    for (const child of children) child.send('go');
    const outcomes = ((await answers) as RaiseOutcome[][]).flat();
    expect(outcomes).toHaveLength(480);
    const of = (what: 'opened' | 'escalated') =>
      outcomes.filter((outcome) => outcome[what]).map(({ alert }) => alert.key);
    expect(of('opened').sort()).toEqual([...keys].sort());
    expect(of('escalated').sort()).toEqual([...keys].sort());
    for (const { escalated, alert } of outcomes) if (escalated) expect(alert.occurrences).toBe(7);
    const store = new RedisStore({ client, prefix });
    for (const channel of ['first', 'second']) {
      const { deliveries } = await store.claim(testClaim(channel));
      const paged = deliveries.flatMap(({ notifications }) =>
        notifications.map((n) => n.alert.key),
      );
      expect(paged.sort()).toEqual([...keys].sort());
    }
  } finally {
    for (const child of children) child.kill('SIGKILL');
    close();
    await redis.stop();
  }
});
