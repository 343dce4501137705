import { describe, expect, it } from 'vitest';
import { acceptsGzip, negotiatedFormat } from '../src/content-negotiation.js';

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

describe('the format', () => {
  it.each([
    [prometheus2, 'openmetrics'],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3',
      'openmetrics',
    ],
    ['text/plain;version=0.0.4;q=1,*/*;q=0.1', 'prometheus'],
    ['application/openmetrics-text; version=2.0.0, text/plain', 'prometheus'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text;q=0, */*', 'prometheus'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'prometheus'],
    ['application/json', 'prometheus'],
    ['Text/Plain ; Version=0.0.4', 'prometheus'],
    ['', 'prometheus'],
    [undefined, 'prometheus'],
    [';;;,,=,q=', 'prometheus'],
  ] as const)('for %j is %s', (accept, format) => {
    expect(negotiatedFormat(accept, 'prometheus')).toBe(format);
  });

  it('is the registry’s own for scrapers without a wish', () => {
    expect(negotiatedFormat(undefined, 'openmetrics')).toBe('openmetrics');
    expect(negotiatedFormat('*/*', 'openmetrics')).toBe('openmetrics');
  });
});

describe('gzip', () => {
  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5, br', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['identity', false],
    ['', false],
    [undefined, false],
  ] as const)('for %j is %s', (accept, expected) => {
    expect(acceptsGzip(accept)).toBe(expected);
  });
});
