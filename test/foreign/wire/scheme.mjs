// node-redis. The keys of its topics are task:<id>:events; it knows the id, and makes the key.
import { createClient } from 'redis'

const { REDIS_URL: url, TAILRACE_TOPIC } = process.env
const [, id] = TAILRACE_TOPIC.split(':')
const keyOf = (task) => `task:${task}:events`
const client = await createClient({ url, socket: { reconnectStrategy: () => 20 } })
  .on('error', () => {})
  .connect()
let after = (await client.xRevRange(keyOf(id), '+', '-', { COUNT: 1 }))[0]?.id ?? '0-0'
for (;;) {
  try {
    const streams = await client.xRead({ key: keyOf(id), id: after }, { COUNT: 10, BLOCK: 1000 })
    for (const entry of streams?.[0].messages ?? []) {
      process.stdout.write(`${id} ${entry.id} ${entry.message.data}\n`)
      after = entry.id
    }
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
