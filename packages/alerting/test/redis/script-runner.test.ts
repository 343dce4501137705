import { describe, expect, it } from 'vitest';
import { RedisStore, RedisStoreError } from '../../src/redis.js';
import { testRaise } from '../../src/testing/commands.js';

function storeOf(reply: (args: string[]) => Promise<unknown>, options = {}): RedisStore {
  return new RedisStore({ client: reply, ...options });
}

const never = (): Promise<unknown> => new Promise(() => undefined);

describe('a Redis that does not answer', () => {
  it('rejects after the time that was given, and says which method', async () => {
    const store = storeOf(never, { commandTimeoutMillis: 30 });
    await expect(store.raise(testRaise('a'))).rejects.toThrow(RedisStoreError);
    await expect(store.raise(testRaise('a'))).rejects.toThrow(
      'raise: Redis did not answer within 30 ms',
    );
  });

  it('does not gather commands without bound', async () => {
    let sent = 0;
    const client = (): Promise<unknown> => {
      sent += 1;
      return never();
    };
    const store = storeOf(client, { commandTimeoutMillis: 10, maxCommandsInFlight: 3 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => store.unsilence('x')));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(sent).toBe(3);
    await expect(store.unsilence('x')).rejects.toThrow(/3 commands wait.*maxCommandsInFlight/);
  });

  it('takes commands again when it has answered', async () => {
    const store = storeOf(() => Promise.resolve('true'), { maxCommandsInFlight: 1 });
    for (let round = 0; round < 3; round += 1) expect(await store.unwatch('x')).toBe(true);
  });
});

describe('a Redis that fails', () => {
  it('rejects with its message and the cause', async () => {
    const cause = new Error('OOM command not allowed');
    const store = storeOf(() => Promise.reject(cause));
    await expect(store.stats()).rejects.toMatchObject({
      name: 'RedisStoreError',
      message: 'stats: Redis failed: OOM command not allowed',
      cause,
    });
  });

  it('is named also where the error has a code only', async () => {
    const cause = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    await expect(storeOf(() => Promise.reject(cause)).stats()).rejects.toThrow(
      'stats: Redis failed: ECONNREFUSED',
    );
  });

  it('rejects when a client throws, or answers with something else', async () => {
    const throwing = storeOf(() => {
      throw new Error('closed');
    });
    await expect(throwing.stats()).rejects.toThrow('stats: Redis failed: closed');
    await expect(storeOf(() => Promise.resolve(7)).stats()).rejects.toThrow(/instead of text/);
  });
});

it('sends the text of a script only where Redis does not know it', async () => {
  const sent: string[] = [];
  let known = false;
  const store = storeOf(([command = '']) => {
    sent.push(command);
    if (command === 'EVAL') known = true;
    return known ? Promise.resolve('true') : Promise.reject(new Error('NOSCRIPT No matching'));
  });
  await store.unwatch('a');
  await store.unwatch('a');
  expect(sent).toEqual(['EVALSHA', 'EVAL', 'EVALSHA']);
});
