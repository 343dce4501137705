import { describe, expect, it } from 'vitest';
import { createLogger, LoggingConfigError } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

describe('resolveOptions', () => {
  it.each([
    [{ level: 'loud' }, /^level must be one of error, warn, .* but is "loud"$/],
    [{ level: 'toString' }, /"toString"/],
    [{ level: 3 }, /level .* is 3$/],
    [{ levels: {} }, /^levels must be at least one level/],
    [{ levels: { a: -1 } }, /^levels\.a .* -1$/],
    [{ levels: { a: 0 }, level: 'info' }, /^level must be one of a, but is "info"$/],
    [{ format: 'xml' }, /^format .* "xml"$/],
    [{ errorFields: true }, /^errorFields .* true$/],
    [{ errorFields: [1] }, /^errorFields\[0\] .* 1$/],
    [{ foldRepeats: 'yes' }, /^foldRepeats .* "yes"$/],
    [{ foldRepeats: { windowMillis: 0 } }, /^foldRepeats\.windowMillis .* 0$/],
    [{ foldRepeats: { window: 1 } }, /^option foldRepeats\.\* .* "window"$/],
    [{ levelSignal: 'SIGTERM' }, /^levelSignal .* "SIGTERM"$/],
    [{ levelSignal: 'USR2' }, /^levelSignal .* "USR2"$/],
    [{ preset: 'gelf' }, /^preset .* "gelf"$/],
    [{ severity: 'pino' }, /^severity .* "pino"$/],
    [{ preset: 'otel', severity: 'number' }, /^severity .* with preset "otel", but is "number"$/],
    [{ destination: 5 }, /^destination .* is 5$/],
    [{ destination: '' }, /^destination .* is ""$/],
    [{ destination: 'a\0b' }, /^destination .*\\u0000/],
    [{ destination: null }, /^destination .* null$/],
    [{ transports: {} }, /^transports .* an object$/],
    [{ transports: [{}] }, /^transports\[0\] /],
    [{ flushOnSignals: 'SIGTERM' }, /^flushOnSignals .* "SIGTERM"$/],
    [{ flushOnSignals: ['SIGTERM', 'TERM'] }, /^flushOnSignals\[1\] .* "TERM"$/],
    [{ flushOnSignals: ['SIGKILL'] }, /^flushOnSignals\[0\] .* "SIGKILL"$/],
    [{ fields: 'x' }, /^fields .* "x"$/],
    [{ redact: true }, /^redact .* true$/],
    [{ redact: { keys: 'password' } }, /^redact\.keys .* "password"$/],
    [{ redact: { keys: ['-'] } }, /^redact\.keys\[0\] .* "-"$/],
    [{ redact: { paths: 'a.b' } }, /^redact\.paths .* "a\.b"$/],
    [{ redact: { paths: ['a', 5] } }, /^redact\.paths\[1\] .* 5$/],
    [{ redact: { paths: ['a..b'] } }, /^redact\.paths\[0\] .* "a\.\.b"$/],
    [{ redact: { paths: [''] } }, /^redact\.paths\[0\] .* ""$/],
    [{ redact: { patterns: true } }, /^redact\.patterns .* true$/],
    [{ redact: { patterns: ['x'] } }, /^redact\.patterns\[0\] .* "x"$/],
    [{ redact: { censor: 'hash' } }, /^redact\.censor .* "hash"$/],
    [{ redact: { censor: {} } }, /^redact\.censor .* an object$/],
    [
      { redact: { censor: { hmacKey: 'short' } } },
      /^redact\.censor\.hmacKey .*16 bytes.*too short/,
    ],
    [{ redact: { content: 'yes' } }, /^redact\.content .* "yes"$/],
    [
      { redact: { mask: '*' } },
      /^option redact\.\* must be one of keys, except, .*, censor, but is "mask"$/,
    ],
    [{ limits: { maxDepth: 0 } }, /^limits\.maxDepth .* 0$/],
    [{ limits: { depth: 1 } }, /^option limits\.\* .* "depth"$/],
    [{ maxBufferBytes: 1.5 }, /^maxBufferBytes .* 1\.5$/],
    [{ flushTimeoutMillis: Number.NaN }, /^flushTimeoutMillis .* NaN$/],
    [{ handleExceptions: 'yes' }, /^handleExceptions .* "yes"$/],
    [{ exitOnError: 1 }, /^exitOnError .* 1$/],
    [{ silent: 0 }, /^silent .* 0$/],
    [{ clock: {} }, /^clock .* an object$/],
    [{ service: '' }, /^service .* ""$/],
    [{ name: 'x'.repeat(300) }, /^name /],
    [{ levle: 'info' }, /^option must be one of .*, but is "levle"$/],
    ['info', /^options must be an object, but is "info"$/],
  ])('rejects %j and names it', (options, message) => {
    expect(() => createLogger(options as never)).toThrow(LoggingConfigError);
    expect(() => createLogger(options as never)).toThrow(message);
  });

  it('rejects a file it cannot append to, with its path', () => {
    expect(() => createLogger({ destination: '/proc/nowhere/x.log' })).toThrow(
      /^destination must be a file that can be appended to \(E[A-Z]+\), but is "\/proc\/nowhere\/x\.log"$/,
    );
  });

  it('takes the level of the environment where none was given', () => {
    expect(resolveOptions({}, { LOG_LEVEL: 'debug' }).level).toBe('debug');
    expect(resolveOptions({}, { LOG_LEVEL: 'WARN' }).level).toBe('warn');
    expect(resolveOptions({ level: 'error' }, { LOG_LEVEL: 'nonsense' }).level).toBe('error');
    expect(resolveOptions({}, { LOG_LEVEL: '' }).level).toBe('info');
    expect(() => resolveOptions({}, { LOG_LEVEL: 'loud' })).toThrow(
      /^the environment variable LOG_LEVEL must be one of error.* but is "loud"$/,
    );
  });

  it('takes the service of the environment where none was given', () => {
    expect(resolveOptions({}, { OTEL_SERVICE_NAME: 'map' }).service).toBe('map');
    expect(resolveOptions({ service: 'own' }, { OTEL_SERVICE_NAME: 'map' }).service).toBe('own');
    expect(resolveOptions({}, {}).service).toBeUndefined();
  });

  it('starts at the least severe level where there is no info', () => {
    expect(resolveOptions({ levels: { high: 0, low: 9, mid: 5 } }, {}).level).toBe('low');
  });
});
