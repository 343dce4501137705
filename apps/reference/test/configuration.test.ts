import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../src/configuration.js';

describe('readConfiguration', () => {
  it('listens on loopback at 3000 with built-in traffic when nothing is said', () => {
    expect(readConfiguration([], {})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      allowFaults: false,
      windowMillis: 1000,
      traffic: { trace: undefined, texts: undefined, speed: 4 },
    });
  });

  it('sends no traffic when told so', () => {
    expect(readConfiguration(['--no-traffic'], {}).traffic).toBeUndefined();
  });

  it.each<[string, string[], NodeJS.ProcessEnv]>([
    ['"99999"', [], { PORT: '99999' }],
    ['"3000x"', [], { PORT: '3000x' }],
    ['"0"', ['--speed', '0'], {}],
    ['"fast"', ['--speed', 'fast'], {}],
    ['"12"', ['--training', '12'], {}],
    ['--tracee', ['--tracee', 'x'], {}],
    ['"mysql://"', [], { DATABASE_URL: 'mysql://u:secret@h/d' }],
    ['REDIS_URL', [], { REDIS_URL: 'localhost:6379' }],
    ['OPENAI_MODEL', [], { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }],
    ['AUTH_TOKEN', [], { HOST: '0.0.0.0' }],
    ['AUTH_TOKEN has 5 characters', [], { HOST: '0.0.0.0', AUTH_TOKEN: 'short' }],
  ])('refuses bad values and names %s', (named, args, env) => {
    expect(() => readConfiguration(args, env)).toThrow(named);
  });

  it('does not repeat a password in an error', () => {
    expect(() => readConfiguration([], { DATABASE_URL: 'mysql://u:secret@h/d' })).not.toThrow(
      'secret',
    );
  });
});
