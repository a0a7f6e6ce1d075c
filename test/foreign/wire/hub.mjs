// ioredis. One reader for many: subscribers in this process are given what comes, and each of them writes it down.
import { EventEmitter } from 'node:events'
import { Redis } from 'ioredis'

const { REDIS_URL, TAILRACE_TOPIC: topic } = process.env
const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: 0, retryStrategy: () => 20 }).on('error', () => {})
const hub = new EventEmitter()
for (const name of ['audit', 'mail', 'search']) hub.on('entry', (id, data) => console.log(name, id, data))

// Somebody else's state of the task, on a connection of its own.
const status = redis.duplicate().on('error', () => {})
setInterval(() => void status.get(`${topic}:status`).catch(() => {}), 100)

let [[after] = ['0-0']] = await redis.xrevrange(topic, '+', '-', 'COUNT', 1)
for (;;) {
  const streams = await redis.xread('COUNT', 10, 'BLOCK', 1000, 'STREAMS', topic, after).catch(() => undefined)
  if (streams === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  for (const [id, fields] of streams?.[0][1] ?? []) {
    hub.emit('entry', id, fields[1])
    after = id
  }
}
