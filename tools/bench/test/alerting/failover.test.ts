import { expect, it } from 'vitest';
import { builtCommand } from './built-command.js';

it(
  'says after how long another replica paged what a killed one held',
  { timeout: 120_000 },
  async () => {
    const printed = await builtCommand(
      ...['failover', '--only', 'replica', '--rounds', '2', '--seed', '1'],
    );
    expect(printed).toMatch(/^seed 1\n/);
    expect(printed).toMatch(/\nredis +2 +\d+ ms +\d+ ms +\d+ ms +\d+ ms +(holds|MISSED)\n/);
    expect(printed).toMatch(/\npostgres +2 +\d+ ms/);
  },
);

it(
  'finds in Postgres all that was acknowledged before it was killed',
  { timeout: 120_000 },
  async () => {
    const printed = await builtCommand(
      ...['failover', '--only', 'postgres-killed', '--kills', '1', '--seed', '1'],
    );
    expect(printed).toMatch(/Postgres, fsync on, kill -9 +[1-9]\d* +\d+ +0 +0 +\d+ +0 ms +holds/);
  },
);
