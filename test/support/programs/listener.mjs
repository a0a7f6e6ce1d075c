// node-redis. Is told of entries by a channel, and reads on from its cursor. What it is given says what it does, or leaves out.
import { createClient } from 'redis'

const { REDIS_URL: url, TAILRACE_TOPIC: topic } = process.env
const [, , how] = process.argv
const socket = { reconnectStrategy: () => 20 }
const [data, live] = [createClient({ url, socket }), createClient({ url, socket })]
for (const client of [data, live]) client.on('error', () => {})
let cursor = '0-0'
let reading = Promise.resolve()

async function readAll() {
  for (;;) {
    const page = await data.xRange(topic, `(${cursor}`, '+', { COUNT: 50 }).catch(() => null)
    if (page === null) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      continue
    }
    if (page.length === 0) return
    for (const { id, message } of page) {
      console.log(id, message.data)
      cursor = id
    }
  }
}
const readOn = () => (reading = reading.then(readAll))

await Promise.all([data.connect(), live.connect()])
if (how === 'too-early') console.log('ready')
await live.subscribe(`${topic}:live`, () => how !== 'deaf' && readOn())
if (how !== 'too-early') {
  await readOn()
  console.log('ready')
}
// It has subscribed again by then.
if (how === 'catches-up') live.on('ready', () => void readOn())
