/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its transports as interfaces */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import winston from 'winston';
import { llmContext, type LlmContext } from '../../src/context.js';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { addInfo, copyFields, NAME, type Info } from '../../src/line/info.js';
import { layoutOf, lineOf, ownLayout } from '../../src/line/line-layout.js';
import { infoOf } from '../../src/line/log-call.js';
import { maskingOf } from '../../src/redaction/masking.js';
import { PlainLines } from '../../src/line/plain-lines.js';
import { recordOf, type RecordSettings } from '../../src/line/record.js';
import { takeStamp } from '../../src/line/stamp.js';
import { collector } from '../collector.js';

const limits = { maxDepth: 8, maxEntries: 200, maxStringLength: 16_384, maxRecordLength: 131_072 };
const settings: RecordSettings = {
  name: 'root',
  service: 'svc',
  limits,
  masking: maskingOf(),
  layout: ownLayout,
  errorFields: [],
};
/** Every way to name the keys of a line. */
const layouts: readonly LoggingOptions[] = [
  {},
  { preset: 'ecs' },
  { preset: 'otel' },
  { severity: 'number' },
];

/** The line that the careful way gives, from the parts that it is made of. */
function carefulLine(
  level: string,
  args: readonly unknown[],
  time: number,
  layers: readonly object[] = [],
  { preset, severity = 'name' }: LoggingOptions = {},
): string {
  const info: Info = {};
  for (const layer of layers) copyFields(info, layer);
  addInfo(info, infoOf(level, args));
  const layout = layoutOf(preset, severity, winston.config.npm.levels);
  return lineOf(recordOf(info, takeStamp({ now: () => time }), settings), layout);
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    'mapped',
    'a "quoted" \\ text',
    'line\nbreak',
    '\u2028',
    '\ud800',
    'x'.repeat(5000),
    '100 % of %s',
  ),
);
const key = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('detector', 'a', 'b', 'c', 'password', 'token', 'timestamp', 'level', 'message'),
  fc.constantFrom(
    'service',
    'correlation_id',
    'error',
    'args',
    '__proto__',
    '7',
    'fields.level',
    'exception',
    '@timestamp',
    'log.level',
    'service.name',
    'Body',
    'Attributes',
    'error.type',
  ),
);
const value = fc.oneof(
  text,
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(
    null,
    undefined,
    -0,
    NaN,
    Infinity,
    10n,
    new Date(0),
    Symbol('s'),
    new Error('e'),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const fields = fc.dictionary(key, value, { maxKeys: 8 });
const time = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.constantFrom(1.5, -1, 8.64e15, 0, 253_402_300_799_999, 253_402_300_800_000),
);

function logged(
  at: number,
  change: (logger: winston.Logger) => winston.Logger,
  write: (logger: winston.Logger) => unknown,
  options: object = {},
): string[] {
  const out = collector();
  const logger = createLogger({
    service: 'svc',
    destination: out.stream,
    format: 'json',
    clock: { now: () => at },
    ...options,
  });
  write(change(logger));
  return out.raw();
}

const copyOf = (source: object): Record<string, unknown> =>
  Object.defineProperties({}, Object.getOwnPropertyDescriptors(source));

const asIs = (logger: winston.Logger): winston.Logger => logger;
/** A level of the transport's own is winston's to apply: records go through its streams. */
const throughStreams = (logger: winston.Logger): winston.Logger => {
  for (const transport of logger.transports) transport.level = 'silly';
  return logger;
};

describe('the line of a compiled call', () => {
  it('is the careful line and the line through winston’s streams, byte for byte', () => {
    fc.assert(
      fc.property(
        text,
        fc.option(fields, { nil: undefined }),
        time,
        fc.constantFrom(...layouts),
        fc.constantFrom<LlmContext>(
          {},
          { correlationId: 'c-1' },
          { tenantId: 't', correlationId: '"' },
        ),
        (message, given, at, options, context) => {
          const args: unknown[] = given === undefined ? [message] : [message, given];
          const write = (logger: winston.Logger): unknown =>
            (logger.info as (...all: unknown[]) => unknown)(...args);
          llmContext.run(context, () => {
            const expected = [carefulLine('info', args, at, [], options)];
            expect(logged(at, asIs, write, options)).toEqual(expected);
            expect(logged(at, throughStreams, write, options)).toEqual(expected);
          });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is the same with defaults and the bindings of children, also when they change', () => {
    fc.assert(
      fc.property(
        fields,
        fields,
        fields,
        text,
        fields,
        (defaults, outer, inner, message, given) => {
          const write = (logger: winston.Logger): void => {
            const child = logger.child(outer).child(inner);
            child.warn(message, given);
            Object.assign(inner, { a: 'changed' });
            child.warn(message);
          };
          const before = copyOf(inner);
          const layers = [defaults, outer, copyOf(inner)];
          const args = [message, given];
          const expected = [
            carefulLine('warn', args, 5, layers),
            carefulLine('warn', [message], 5, [
              defaults,
              outer,
              Object.assign(copyOf(inner), { a: 'changed' }),
            ]),
          ];
          expect(logged(5, asIs, write, { fields: defaults })).toEqual(expected);
          for (const name of Object.keys(inner)) Reflect.deleteProperty(inner, name);
          copyFields(inner, before, (name) => name);
          expect(logged(5, throughStreams, write, { fields: defaults })).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has the ids of its own request, however they change', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, format: 'json' });
    for (const correlationId of ['a', 'a', 'b', 'hostile "\n', 'a']) {
      llmContext.run(
        {
          correlationId,
          tenantId: undefined,
          userId: undefined,
          conversationId: undefined,
        },
        () => logger.info('text'),
      );
    }
    logger.info('outside');
    expect(out.lines().map((line) => line['correlation_id'])).toEqual([
      'a',
      'a',
      'b',
      'hostile "\n',
      'a',
      undefined,
    ]);
  });

  it('survives getters that throw, and writes what the careful way writes', () => {
    const hostile = {
      fine: 1,
      get broken(): never {
        throw new Error('getter');
      },
    };
    const lines = logged(1, asIs, (logger) => logger.info('text', hostile));
    expect(JSON.parse(lines[0]!)).toMatchObject({ fine: 1, broken: '[Throws]' });
  });
});

describe('what a compiled call skips', () => {
  it('is not skipped when somebody has to see the record', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, format: 'json', service: 'svc' });
    const seen: Info[] = [];
    logger.info('before');
    logger.on('data', (info: Info) => seen.push(info));
    logger.info('listened to', { a: 1 });
    logger.removeAllListeners('logged');
    expect(seen).toMatchObject([{ message: 'listened to', a: 1, service: 'svc', logger: 'root' }]);
    expect(out.lines().map(({ message }) => message)).toEqual(['before', 'listened to']);
  });

  it('is not skipped for a format, a transport, a level or silence that a user sets later', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, format: 'json', level: 'debug' });
    const other = collector();
    logger.info('one');
    const added = new winston.transports.Stream({ stream: other.stream, level: 'error' });
    logger.add(added);
    logger.info('two');
    logger.error('three', { a: 1 });
    logger.remove(added);
    const [own] = logger.transports;
    own!.level = 'warn';
    logger.info('not here');
    Reflect.deleteProperty(own!, 'level');
    logger.silent = true;
    logger.error('nor here');
    logger.silent = false;
    logger.level = 'warn';
    logger.info('nor this');
    logger.warn('four');
    logger.format = winston.format.printf(({ message }) => `{"mine":"${String(message)}"}`);
    logger.warn('five');
    expect(out.lines().map((line) => line['message'] ?? line['mine'])).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
    ]);
    expect(other.lines().map(({ message }) => message)).toEqual(['three']);
  });

  it('keeps the order when lines of both ways alternate, and when a format logs itself', () => {
    const out = collector();
    const logger = createLogger({ destination: out.stream, format: 'json' });
    for (let n = 0; n < 10; n++) {
      logger.info(`plain ${n}`);
      logger.info('careful %d', n);
      logger.error(`error ${n}`, new Error('e'));
    }
    logger.info('outer', {
      get inner() {
        logger.info('inner');
        return 1;
      },
    });
    const messages = out.lines().map(({ message }) => message);
    expect(messages.slice(0, 30)).toEqual(
      Array.from({ length: 10 }, (_, n) => [`plain ${n}`, `careful ${n}`, `error ${n}`]).flat(),
    );
    expect(messages).toContain('outer');
  });
});

describe('PlainLines', () => {
  it('leaves to the careful way whatever comes near a limit', () => {
    const ids = takeStamp(Date);
    const small = new PlainLines({ ...settings, limits: { ...limits, maxStringLength: 10 } });
    expect(small.fields({ a: 'x'.repeat(11) })).toBeUndefined();
    expect(small.line('info', undefined, 'x'.repeat(11), 0, ids, '')).toBeUndefined();
    const lines = new PlainLines(settings);
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`k${n}`, n]));
    expect(lines.fields(many)).toBeUndefined();
    const large = { list: Array.from({ length: 199 }, () => 'x'.repeat(100)) };
    expect(lines.fields(large)).toBeUndefined();
    expect(lines.fields({ list: [1, { b: 'c' }] })).toBe(',"list":[1,{"b":"c"}]');
    expect(lines.line('info', 'x'.repeat(101), 'text', 0, ids, '')).toBeUndefined();
  });

  it('gives transports the whole time of a line, in years of more than four digits too', () => {
    for (const at of [253_402_300_799_999, 253_402_300_800_000, 8.64e15, -62_198_755_200_001]) {
      const seen: Info[] = [];
      const lines = logged(
        at,
        (logger) => logger.on('data', (info: Info) => seen.push(info)),
        (logger) => logger.info('text'),
      );
      const { timestamp } = JSON.parse(lines[0]!) as Info;
      expect([timestamp, seen[0]?.['timestamp']]).toEqual(
        Array(2).fill(new Date(at).toISOString()),
      );
    }
  });

  it('takes the name of a child', () => {
    const lines = logged(
      0,
      (logger) => logger.child({ [NAME]: 'database' }),
      (logger) => logger.info('text'),
    );
    expect(lines).toEqual([
      '{"timestamp":"1970-01-01T00:00:00.000Z","level":"info","logger":"database","service":"svc","message":"text"}',
    ]);
  });
});
