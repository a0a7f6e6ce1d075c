import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // container/ needs a Docker daemon: vitest.container.config.ts runs it. package/user/ and docs/fixtures/ are projects of their own.
    exclude: ['test/container/**', 'test/package/user/**', 'test/docs/fixtures/**', '**/node_modules/**'],
    pool: 'forks',
    // The default leaves one core free, which is half of two. Most of these wait for processes and sockets.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}', 'scenarios/**/*.ts'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
    },
  },
})
