// node-redis, with a pool: a read goes over whichever connection is free. "starts-over": a connection that failed is replaced, and the
// cursor with it.
import { createClientPool } from 'redis'

const { REDIS_URL: url, TAILRACE_TOPIC: topic } = process.env
const [, , how] = process.argv
const pool = await createClientPool({ url, socket: { reconnectStrategy: () => 20 } }, { minimum: 2, maximum: 3 })
  .on('error', () => {})
  .connect()
const tail = async () => (await pool.xRevRange(topic, '+', '-', { COUNT: 1 }))[0]?.id ?? '0-0'
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))

let cursor = await tail()
for (;;) {
  try {
    cursor ??= await tail()
    const streams = await pool.xRead({ key: topic, id: cursor }, { COUNT: 10, BLOCK: 500 })
    for (const { id, message } of streams?.[0].messages ?? []) {
      console.log(id, message.data)
      cursor = id
    }
  } catch {
    if (how === 'starts-over') cursor = undefined
    await pause()
  }
}
