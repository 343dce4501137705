import { expect, it } from 'vitest';
import { packageVersion, programVersion } from '../../src/harness/peer-version.js';

it('tells versions of packages that do not export their manifest', () => {
  expect(packageVersion('@fastify/otel')).toMatch(/^\d+\.\d+\.\d+$/);
  expect(packageVersion('no-such-package')).toBe('not installed');
});

it('tells the version of the first program that is there', () => {
  expect(programVersion('no-such-program', 'node')).toBe(process.version.slice(1));
  expect(programVersion('no-such-program')).toBe('unknown');
});
