import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They wait for servers and clocks more than they compute: on two cores Vitest would run one at a time.
    maxWorkers: 2,
    // The first test that needs a server may have to install it, and busy machines are slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What waits for something polls, and is quick where it can be.
    expect: { poll: { timeout: 10_000 } },
    reporters: ['default', ['json', { outputFile: 'reports/vitest.json' }]],
  },
});
