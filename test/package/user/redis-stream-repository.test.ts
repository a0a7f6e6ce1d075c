import { describeStreamRepository } from 'tailrace/vitest'
import { RedisStreamRepository } from './src/redis-stream-repository.js'

describeStreamRepository('RedisStreamRepository', { store: 'redis', open: ({ url }) => new RedisStreamRepository(url) })
