import { defineConfig } from 'tailrace'
import { RedisStreamRepository } from 'tailrace/ioredis'

/** The adapter that the package brings fits where a subject is opened. */
export const config = defineConfig({
  subjects: [{ name: 'reference', store: 'redis', open: ({ url }) => new RedisStreamRepository(url, { maxLen: 100 }) }],
})
