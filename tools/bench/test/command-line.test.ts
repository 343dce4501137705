import { describe, expect, it } from 'vitest';
import { CommandLineError, helpText, readArguments, someOf, whole } from '../src/command-line.js';

const command = {
  usage: 'npm run sample --',
  summary: 'A sample.',
  options: {
    rounds: whole(10, { min: 1, max: 500, help: 'how many rounds' }),
    store: someOf(['redis', 'postgres'], 'which stores'),
  },
};

describe('readArguments', () => {
  it('takes what is given and falls back for the rest', () => {
    expect(readArguments(command, [])).toEqual({ rounds: 10, store: ['redis', 'postgres'] });
    expect(readArguments(command, ['--rounds', '7', '--store=redis'])).toEqual({
      rounds: 7,
      store: ['redis'],
    });
  });

  it('refuses what cannot be, naming the option and the value', () => {
    const refused = (...args: string[]) => {
      try {
        readArguments(command, args);
      } catch (error) {
        expect(error).toBeInstanceOf(CommandLineError);
        return (error as Error).message;
      }
      return 'taken';
    };
    expect(refused('--rounds', '0')).toBe('--rounds must be 1..500, got "0"');
    expect(refused('--rounds', '1.5')).toBe('--rounds must be 1..500, got "1.5"');
    expect(refused('--rounds', '501')).toBe('--rounds must be 1..500, got "501"');
    expect(refused('--store', 'redis,files')).toBe(
      '--store must be redis,postgres, got "redis,files"',
    );
    expect(refused('--round', '3')).toMatch(/--round/);
    expect(refused('3')).toMatch(/'3'/);
  });

  it('asks for help before it asks for anything else', () => {
    expect(readArguments(command, ['--help'])).toBe('help');
  });
});

describe('helpText', () => {
  it('shows every option with its default', () => {
    const text = helpText(command);
    expect(text).toContain('npm run sample -- [options]');
    expect(text).toMatch(/--rounds 1\.\.500 +how many rounds \(default 10\)/);
    expect(text).toMatch(/--store redis,postgres +which stores \(default redis,postgres\)/);
  });
});
