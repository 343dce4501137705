import { expect, it } from 'vitest';
import { builtCommand } from './built-command.js';

it.each(['redis', 'postgres'])(
  'ten rounds of killed and paused replicas lose nothing and page nobody twice without a reason: %s',
  { timeout: 300_000 },
  async (store) => {
    const printed = await builtCommand(
      ...['crash', '--store', store, '--rounds', '10', '--seed', '1000'],
    );
    expect(printed).toMatch(/All rounds held\.\n$/);
    expect(printed).toMatch(
      /10 rounds, [1-9]\d* kills, [1-9]\d* pauses, \d{4} notifications: lost 0/,
    );
  },
);

it('says what an argument must be', async () => {
  expect(await builtCommand('crash', '--rounds', 'many')).toBe(
    '--rounds must be 1..100000, got "many"; see --help\n',
  );
});
