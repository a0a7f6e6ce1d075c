// ioredis. Two workers take turns by a lock in Redis; who has it reads from the cursor that both share. "own": each from a cursor of its own.
import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'

const { REDIS_URL: url, TAILRACE_TOPIC: topic } = process.env
const [, , how] = process.argv
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const connect = () => new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 }).on('error', () => {})
const tail = async (redis) => (await redis.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'

async function work(redis) {
  for (;;) {
    const mine = randomUUID()
    try {
      if ((await redis.set(`lock:${topic}`, mine, 'PX', 30_000, 'NX')) === 'OK') {
        const cursor = how === 'own' ? await tail(redis) : await redis.get(`cursor:${topic}`)
        const [[, entries] = []] = (await redis.xread('COUNT', 10, 'BLOCK', 300, 'STREAMS', topic, cursor)) ?? []
        for (const [id, fields] of entries ?? []) {
          console.log(id, fields[1])
          await redis.set(`cursor:${topic}`, id)
        }
      }
    } catch {
      // Its connection is made again.
    }
    await release(redis, mine)
    await pause(10)
  }
}

async function release(redis, mine) {
  for (;;) {
    try {
      if ((await redis.get(`lock:${topic}`)) === mine) await redis.del(`lock:${topic}`)
      return
    } catch {
      await pause(20)
    }
  }
}

const workers = [connect(), connect()]
await workers[0].set(`cursor:${topic}`, await tail(workers[0]), 'NX')
await Promise.all(workers.map(work))
