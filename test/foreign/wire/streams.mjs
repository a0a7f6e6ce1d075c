// ioredis, and streams of Node: what is read goes through a Transform into the standard output, some of it read ahead.
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Redis } from 'ioredis'

const { REDIS_URL, TAILRACE_TOPIC: topic } = process.env
const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: 0, retryStrategy: () => 20 }).on('error', () => {})

async function* entries() {
  let [[after] = ['0-0']] = await redis.xrevrange(topic, '+', '-', 'COUNT', 1)
  for (;;) {
    const streams = await redis.xread('COUNT', 10, 'BLOCK', 1000, 'STREAMS', topic, after).catch(() => undefined)
    if (streams === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
    for (const [id, fields] of streams?.[0][1] ?? []) {
      after = id
      yield { id, fields }
    }
  }
}

const lines = new Transform({
  writableObjectMode: true,
  transform: ({ id, fields }, _, done) => done(null, `${JSON.stringify({ id, fields })}\n`),
})
await pipeline(Readable.from(entries(), { highWaterMark: 4 }), lines, process.stdout)
