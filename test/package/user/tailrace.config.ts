import { defineConfig } from 'tailrace'
import { RedisStreamRepository } from './src/redis-stream-repository.js'

export default defineConfig({
  subjects: [{ name: 'RedisStreamRepository', store: 'redis', open: ({ url }) => new RedisStreamRepository(url) }],
})
