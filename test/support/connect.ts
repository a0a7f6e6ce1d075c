import { Redis, type RedisOptions } from 'ioredis'
import { parseRedisUrl } from '../../src/adapters/redis-url.js'

/** A connection of the test's own, silent when it is cut. */
export function connect(url: string, options: RedisOptions = {}): Redis {
  const client = new Redis({ disableClientInfo: true, enableReadyCheck: false, ...parseRedisUrl(url), ...options, replyMapping: 'legacy' })
  client.on('error', () => {})
  return client
}
