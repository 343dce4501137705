import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/index.js';
import { maskingOf } from '../../src/redaction/masking.js';
import { collector, topLevelKeys } from '../collector.js';

class Thrower {
  readonly kept = 1;
  get bad(): never {
    throw new Error('getter');
  }
}

const hostile: readonly (() => unknown)[] = [
  () => new Thrower(),
  () =>
    Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('own getter');
      },
    }),
  () => Object.freeze({ message: 'frozen', a: 1 }),
  () => Object.freeze(new Error('frozen error')),
  () =>
    Object.defineProperty(new Error('m'), 'message', {
      get: () => {
        throw new Error('message getter');
      },
    }),
  () =>
    Object.defineProperty(new Error('m'), 'stack', {
      get: () => {
        throw new Error('stack getter');
      },
    }),
  () => Object.assign(new Error('wrapped', { cause: 'text' }), { name: Symbol('name') }),
  () => new AggregateError([new Error('one'), 'two', undefined], 'many'),
  () => {
    const error = new Error('cycle');
    error.cause = error;
    return error;
  },
  () => {
    const object: Record<string, unknown> = {};
    object['self'] = object;
    return object;
  },
  () => {
    const list: unknown[] = [];
    list.push(list, { list });
    return list;
  },
  () => {
    let deep: unknown = 'end';
    for (let i = 0; i < 20_000; i++) deep = { deep };
    return deep;
  },
  () => {
    let error = new Error('0');
    for (let i = 0; i < 5000; i++) error = new Error('n', { cause: error });
    return error;
  },
  () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('ownKeys');
        },
      },
    ),
  () =>
    new Proxy(
      {},
      {
        get: () => {
          throw new Error('get');
        },
        getPrototypeOf: () => {
          throw new Error('proto');
        },
      },
    ),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  () => ({
    toJSON: () => {
      throw new Error('toJSON');
    },
  }),
  () => ({
    toJSON() {
      return this;
    },
  }),
  () => ({ toJSON: () => 5n }),
  () =>
    new (class Endless {
      toJSON(): unknown {
        return { again: new Endless() };
      }
    })(),
  () => ({
    toString: () => {
      throw new Error('toString');
    },
    [Symbol.toPrimitive]: () => {
      throw new Error('prim');
    },
  }),
  () => ({
    get [Symbol.toStringTag]() {
      throw new Error('tag');
    },
  }),
  () => Object.create(null) as unknown,
  () => JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as unknown,
  () => ({
    level: 'error',
    message: 'other',
    timestamp: 1,
    logger: 2,
    service: 3,
    correlation_id: {},
    error: 'text',
  }),
  () => ({ 'fields.level': 1, level: 2, 'fields.timestamp': 3, timestamp: 4 }),
  () => ({ exception: true, rejection: true }),
  () => 'a\nb\r\nc\u2028\u2029\u0085\u0000\u001b[31m\ud800 \udc00 \u202e',
  () => ({ 'k\ney': 'v\nalue', '\u2028': '\ud800' }),
  () => 'x'.repeat(3_000_000),
  () => ({ ['k'.repeat(100_000)]: 1, [`${'k'.repeat(99_999)}l`]: 2 }),
  () => Array.from({ length: 5000 }, (_, i) => ({ i })),
  () => Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 'v'.repeat(100)])),
  () => new Array<unknown>(4_000_000_000),
  () =>
    new Map<unknown, unknown>([
      ['a', 1],
      ['__proto__', 2],
    ]),
  () =>
    new Map<unknown, unknown>([
      [{}, 1],
      [Symbol('s'), new Map()],
    ]),
  () => new Set([1n, new Set()]),
  () => new Date(Number.NaN),
  () => new Date(0),
  () => [Number.NaN, Infinity, -0, undefined, null, Symbol('s'), 12n, () => 1, function named() {}],
  () => [
    new Uint8Array(5),
    Buffer.from('secret'),
    new Float32Array(3),
    new ArrayBuffer(2),
    new DataView(new ArrayBuffer(1)),
  ],
  () => [
    new WeakMap(),
    new WeakSet(),
    Promise.resolve(1),
    /x/g,
    new URL('https://u:p@h/'),
    new URLSearchParams('token=abc'),
  ],
  () => [1, 's', 1n, Symbol('boxed')].map((primitive): unknown => Object(primitive)),
  () => Symbol('message'),
  () => Object.assign(() => {}, { a: 1 }),
  () => '%s %d %j %o %O %i %f %c %%',
];

const anything = fc.oneof(
  fc.constantFrom(...hostile),
  fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withObjectString: true,
      withNullPrototype: true,
      withBoxedValues: true,
    })
    .map((value) => () => value),
  fc.string({ unit: 'binary' }).map((value) => () => value),
);

function exactlyOneLine(
  write: (logger: ReturnType<typeof createLogger>) => unknown,
): Record<string, unknown> {
  const out = collector();
  const logger = createLogger({
    destination: out.stream,
    level: 'silly',
    format: 'json',
    service: 'svc',
  });
  write(logger);
  const [line, ...more] = out.raw();
  expect(more).toEqual([]);
  // eslint-disable-next-line no-control-regex -- the very characters that must not be there
  expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\ufeff]/);
  expect(Buffer.from(line!, 'utf8').toString('utf8')).toBe(line);
  const keys = topLevelKeys(line!);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.slice(0, 5)).toEqual(['timestamp', 'level', 'logger', 'service', 'message']);
  const parsed = JSON.parse(line!) as Record<string, unknown>;
  expect(typeof parsed['message']).toBe('string');
  expect(parsed['service']).toBe('svc');
  expect(line!.length).toBeLessThan(7 * 131_072);
  return parsed;
}

const { isSecretKey, maskText } = maskingOf();

function holdsSecret(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return maskText(String(value)) !== String(value);
  if (isBoxed(value)) return holdsSecret(value.valueOf());
  if (value instanceof Map) return holdsSecret([...value]);
  if (value instanceof Set) return holdsSecret([...value]);
  if (Array.isArray(value) && typeof value[0] === 'string' && isSecretKey(value[0], value[1])) {
    return true;
  }
  return Object.entries(value).some(
    ([key, one]) => isSecretKey(key, one) || maskText(key) !== key || holdsSecret(one),
  );
}

const anyPlainValue = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withBoxedValues: true,
});

/** What a line has for a value: JSON's own as it is, and for the others what the README says. */
function standIn(value: unknown): unknown {
  if (typeof value === 'number') {
    // JSON has no negative zero.
    return Number.isFinite(value) ? value + 0 : String(value);
  }
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return expect.stringMatching(/^\[Function/);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(+value) ? 'Invalid Date' : value.toISOString();
  if (isBoxed(value)) return standIn(value.valueOf());
  if (value instanceof Uint8Array) {
    return `[Uint8Array: ${value.byteLength} bytes]`;
  }
  if (ArrayBuffer.isView(value)) return standIn([...(value as unknown as number[])]);
  const item = (one: unknown): unknown => standIn(one) ?? null;
  if (Array.isArray(value)) return Array.from(value, item);
  if (value instanceof Set) return [...value].map(item);
  if (value instanceof Map) {
    const pairs = [...value] as [unknown, unknown][];
    if (!pairs.every(([key]) => typeof key === 'string')) return pairs.map(item);
    return standIn(fromEntries(pairs as [string, unknown][]));
  }
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, standIn(one)]);
  return fromEntries(entries.filter(([, one]) => one !== undefined));
}

const isBoxed = (value: object): boolean =>
  [Number, String, Boolean, BigInt, Symbol].some((type) => value instanceof type);

function fromEntries(entries: readonly [string, unknown][]): object {
  const made = {};
  for (const [key, value] of entries) {
    Object.defineProperty(made, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

describe('any JavaScript value', () => {
  const positions: Record<
    string,
    (logger: ReturnType<typeof createLogger>, value: unknown) => unknown
  > = {
    message: (logger, value) => logger.info(value as string),
    'fields of a message': (logger, value) => logger.info('text', value),
    'a field': (logger, value) => logger.info('text', { value }),
    'an argument of a token': (logger, value) => logger.info('%s and %j', value, value, value),
    'an error cause': (logger, value) => logger.info('text', new Error('e', { cause: value })),
    'an own field of an error': (logger, value) =>
      logger.error(Object.assign(new Error('e'), { code: value, errors: [value] })),
    'a child binding': (logger, value) => logger.child({ value }).info('text'),
    'the child bindings': (logger, value) => logger.child(value as object).info('text'),
    'a message in winston’s object form': (logger, value) =>
      logger.log({ level: 'info', message: value as string, value }),
    'a written info': (logger, value) => logger.write(value),
    'a level': (logger, value) => logger.log(value as string, 'text'),
  };
  for (const [position, write] of Object.entries(positions)) {
    it(`as ${position} is exactly one JSON line without a duplicate key`, () => {
      for (const make of hostile) exactlyOneLine((logger) => write(logger, make()));
      fc.assert(
        fc.property(anything, (make) => {
          exactlyOneLine((logger) => write(logger, make()));
        }),
        { numRuns: 60 },
      );
    });
  }

  it('that is JSON comes back as it was', () => {
    const plain = fc.dictionary(
      fc
        .string({ maxLength: 20 })
        .filter((key) => /^[a-z]{1,12}$/.test(key) && !['error'].includes(key)),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(plain, (fields) => {
        fc.pre(!holdsSecret(fields));
        const parsed = exactlyOneLine((logger) => logger.info('text', { nested: fields }));
        // JSON has no negative zero.
        expect(parsed['nested']).toEqual(JSON.parse(JSON.stringify(fields)));
      }),
    );
  });

  const faithfully: Record<string, (value: unknown) => unknown> = {
    'a field': (value) => exactlyOneLine((logger) => logger.info('text', { value }))['value'],
    'a field on winston’s way': (value) =>
      exactlyOneLine((logger) => logger.info('%s', 'text', { value }))['value'],
    'a child binding': (value) =>
      exactlyOneLine((logger) => logger.child({ value }).info('text'))['value'],
    'an error’s cause': (value) => {
      const error = new Error('e', { cause: [value] });
      const line = exactlyOneLine((logger) => logger.error(error));
      return (line['error'] as { cause: unknown[] }).cause[0];
    },
  };
  for (const [position, write] of Object.entries(faithfully)) {
    it(`as ${position} comes back as it was, or as what stands for it`, () => {
      fc.assert(
        fc.property(anyPlainValue, (value) => {
          fc.pre(!holdsSecret(value));
          const read = write(value);
          const expected = standIn(value);
          expect(read).toEqual(position === 'an error’s cause' ? (expected ?? null) : expected);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('is not changed by being logged', () => {
    const error = Object.freeze(new Error('frozen'));
    const fields = { message: 'text', nested: { a: 1 } };
    const before = structuredClone(fields);
    const out = collector();
    const logger = createLogger({ destination: out.stream, fields: { region: 'eu' } });
    logger.error(error);
    logger.info(fields);
    logger.info('text', fields);
    expect(fields).toEqual(before);
    expect(Object.getOwnPropertySymbols(fields)).toEqual([]);
    expect(out.lines()).toHaveLength(3);
  });
});
