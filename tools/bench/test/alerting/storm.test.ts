import { expect, it } from 'vitest';
import { builtCommand } from './built-command.js';

it('a small storm at three replicas is paged once', { timeout: 120_000 }, async () => {
  const printed = await builtCommand(
    ...['storm', '--alerts', '300', '--receiver', 'prompt', '--systems', 'redis'],
  );
  expect(printed).toMatch(/answers at once +3 replicas on Redis +0 +300 +0 +1 +300 /);
  expect(printed).toMatch(/The replicas paged every alert exactly once\.\n$/);
});
