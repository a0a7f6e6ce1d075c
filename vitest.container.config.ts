import { defineConfig } from 'vitest/config'

/** The store from a container: for machines with a Docker daemon. `.ci/run` brings one. */
export default defineConfig({
  test: {
    include: ['test/container/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
