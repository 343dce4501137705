import { afterEach, describe, expect, it } from 'vitest';
import { findProgram, requireProgram } from '../src/index.js';

const absent = {
  names: ['no-such-server'],
  debianPackage: 'no-such-package',
  homebrewFormula: 'no-such',
} as const;

describe('requireProgram', () => {
  const { getuid } = process;
  afterEach(() => void (process.getuid = getuid!));

  it('says what to install, and which variable serves instead, when it may not install it itself', async () => {
    process.getuid = () => 1000;
    await expect(requireProgram({ ...absent, variable: 'TEST_NO_URL' })).rejects.toThrow(
      /no-such-server.*apt-get install no-such-package.*brew install no-such.*TEST_NO_URL/,
    );
  });

  it('takes the first name that is on PATH', async () => {
    await expect(requireProgram({ ...absent, names: ['no-such-server', 'sh'] })).resolves.toBe(
      findProgram('sh'),
    );
  });

  it('passes over a program that will not do', async () => {
    const works = (path: string) => !path.endsWith('/sh');
    await expect(requireProgram({ ...absent, names: ['sh', 'ls'], works })).resolves.toBe(
      findProgram('ls'),
    );
    process.getuid = () => 1000;
    await expect(requireProgram({ ...absent, names: ['sh'], works })).rejects.toThrow('no-such-package'); // prettier-ignore
  });
});
