import { expect, it } from 'vitest';
import { builtCommand } from './built-command.js';

it(
  'prints rates, and memory for so many active alerts, with their goals',
  { timeout: 120_000 },
  async () => {
    const printed = await builtCommand(
      ...['rates', '--rounds', '1', '--alerts', '1000', '--only', 'memory,heap,latency'],
    );
    expect(printed).toMatch(
      /\nraise\(\), in memory, distinct keys +[\d ]+\/s .*>= 100 000\/s +(holds|MISSED)\n/,
    );
    expect(printed).toMatch(/\nin memory, 1 000 active, heap +\d+ MB .*<= 100 MB +holds\n/);
    expect(printed).toMatch(/\nraise\(\) to webhook, p50 +\d+\.\d\d ms /);
  },
);
