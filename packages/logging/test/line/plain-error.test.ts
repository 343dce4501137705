import { describe, expect, it } from 'vitest';
import { createLogger, type LoggingOptions } from '../../src/index.js';
import { collector } from '../collector.js';

function errorOf(error: Error, options: LoggingOptions = {}): Record<string, unknown> {
  const out = collector();
  createLogger({ destination: out.stream, ...options }).error('failed', error);
  return out.lines()[0]?.['error'] as Record<string, unknown>;
}

/** As a model client throws it: what was sent and what came back hang on it. */
const failed = (): Error =>
  Object.assign(new Error('refused'), {
    code: 'rate_limit',
    status: 429,
    type: 'requests',
    param: 'model',
    request_id: 'req_1',
    retryable: true,
    attempts: 3,
    headers: { authorization: 'Bearer sent' },
    responseBody: 'the completion',
    detail: 'Key (name)=(Bob) exists',
  });

describe('the own fields of an error', () => {
  it('are written where they cannot hold what was sent: numbers, flags and names in the system', () => {
    expect(errorOf(failed())).toEqual({
      stack: expect.any(String) as unknown,
      type: 'Error',
      message: 'refused',
      code: 'rate_limit',
      status: 429,
      param: 'model',
      request_id: 'req_1',
      retryable: true,
      attempts: 3,
    });
  });

  it('are those of node’s own errors', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      errno: -111,
      syscall: 'connect',
      address: '127.0.0.1',
      port: 5432,
    });
    expect(errorOf(refused)).toMatchObject({ errno: -111, address: '127.0.0.1', port: 5432 });
  });

  it('can be named, all or none, and are masked then too', () => {
    expect(errorOf(failed(), { errorFields: ['detail', 'type'] })).toMatchObject({
      type: 'Error',
      'fields.type': 'requests',
      detail: 'Key (name)=(Bob) exists',
      attempts: 3,
    });
    const all = errorOf(Object.assign(failed(), { to: 'bob@example.com', pin: { otp: '1' } }), {
      errorFields: 'all',
      redact: { paths: ['error.responseBody', 'error.cause.note'] },
    });
    expect(all).toMatchObject({
      headers: { authorization: '[redacted]' },
      responseBody: '[redacted]',
      to: '[email]',
      pin: { otp: '[redacted]' },
    });
    const none = errorOf(failed(), { errorFields: false });
    expect(Object.keys(none)).toEqual(['type', 'message', 'stack', 'code', 'status']);
  });

  it('are found by path in causes, and bounded in number', () => {
    const cause = Object.assign(new Error('inner'), { note: 'secret note', retries: 1 });
    const options: LoggingOptions = { errorFields: 'all', redact: { paths: ['error.cause.note'] } };
    expect(errorOf(new Error('outer', { cause }), options)['cause']).toMatchObject({
      note: '[redacted]',
      retries: 1,
    });
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`n${n}`, n]));
    expect(Object.keys(errorOf(Object.assign(new Error('e'), many)))).toHaveLength(3 + 32);
  });

  it('may throw', () => {
    const error = Object.defineProperty(new Error('e'), 'code2', {
      enumerable: true,
      get: () => {
        throw new Error('getter');
      },
    });
    expect(errorOf(error, { errorFields: 'all' })).toMatchObject({
      message: 'e',
      code2: '[Throws]',
    });
  });
});
