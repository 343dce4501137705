import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The first test that needs a server may have to install it, and busy machines are slow.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each is a process of its own, which waits as much as it computes.
    maxConcurrency: 4,
    reporters: ['default', ['json', { outputFile: 'reports/vitest.json' }]],
  },
});
