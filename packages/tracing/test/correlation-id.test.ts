import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generateCorrelationId,
  getCorrelationId,
  getLlmContext,
  isCorrelationId,
  withCorrelationId,
  withLlmContext,
} from '../src/index.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('correlation ids, with no SDK', () => {
  it('are undefined outside a request', () => {
    expect(getCorrelationId()).toBeUndefined();
  });

  it('are random UUIDs when they are made here', () => {
    expect(generateCorrelationId()).toMatch(uuid);
    expect(generateCorrelationId()).not.toBe(generateCorrelationId());
  });

  it('are kept over awaits and timers, and apart in parallel', async () => {
    const one = async (id: string): Promise<(string | undefined)[]> => {
      const seen = [getCorrelationId()];
      await sleep(id.length);
      seen.push(getCorrelationId());
      await new Promise<void>((resolve) => {
        setImmediate(() => {
          seen.push(getCorrelationId());
          resolve();
        });
      });
      return seen;
    };
    const ids = ['a', 'bbbb', 'cc'];
    const seen = await Promise.all(ids.map((id) => withCorrelationId(id, () => one(id))));
    expect(seen).toEqual(ids.map((id) => [id, id, id]));
    expect(getCorrelationId()).toBeUndefined();
  });

  it('return what the function returns and let its error through', () => {
    expect(withCorrelationId('a', () => 42)).toBe(42);
    const error = new Error('mine');
    expect(() =>
      withCorrelationId('a', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(getCorrelationId()).toBeUndefined();
  });

  it.each([undefined, '', 'a b', 'a\r\nX-Evil: 1', 'ü', 'x'.repeat(129), 'a\n'])(
    'are made anew instead of %j',
    (id) => {
      expect(withCorrelationId(id, () => getCorrelationId())).toMatch(uuid);
    },
  );

  it('are valid exactly when they are 1 to 128 of the permitted characters', () => {
    const permitted = Array.from('ABCXYZabcxyz019._:-');
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.array(fc.constantFrom(...permitted), { maxLength: 140 })),
        (value) => {
          const id = typeof value === 'string' ? value : value.join('');
          const expected =
            id.length >= 1 &&
            id.length <= 128 &&
            Array.from(id).every((char) => /[A-Za-z0-9]/.test(char) || '._:-'.includes(char));
          expect(isCorrelationId(id)).toBe(expected);
        },
      ),
    );
    expect(isCorrelationId(['a'])).toBe(false);
  });
});

describe('withLlmContext', () => {
  it('adds tenant, user and conversation to what is known already', () => {
    withCorrelationId('c', () => {
      withLlmContext({ tenantId: 't' }, () => {
        withLlmContext({ userId: 'u', tenantId: undefined }, () => {
          expect(getLlmContext()).toEqual({ correlationId: 'c', tenantId: 't', userId: 'u' });
        });
        expect(getLlmContext()).toEqual({ correlationId: 'c', tenantId: 't' });
      });
    });
    expect(getLlmContext()).toBeUndefined();
  });

  it('cannot change the correlation id', () => {
    withCorrelationId('c', () => {
      const fields = { tenantId: 't', correlationId: 'other' };
      withLlmContext(fields, () => expect(getCorrelationId()).toBe('c'));
    });
  });
});
