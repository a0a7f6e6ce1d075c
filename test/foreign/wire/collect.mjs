// ioredis. Collects pages until one is empty, and then hands out what it has; beside it a connection that only waits for something to come,
// and rings. "shares": the cursor is that of the one that rings.
import { Redis } from 'ioredis'

const { REDIS_URL: url, TAILRACE_TOPIC: topic } = process.env
const [, , how] = process.argv
const connect = () => new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20 }).on('error', () => {})
const [pages, bell] = [connect(), connect()]
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

let cursor = '0-0'
let ring = () => {}
async function waitForMore() {
  for (let after = '0-0'; ; ) {
    const [[, entries] = []] = (await bell.xread('BLOCK', 1000, 'STREAMS', topic, after).catch(() => pause(20))) ?? []
    after = entries?.at(-1)[0] ?? after
    if (how === 'shares') cursor = after
    ring()
  }
}
void waitForMore()
for (;;) {
  if (how === 'shares') await new Promise((resolve) => (ring = resolve))
  const collected = []
  let after = cursor
  for (;;) {
    const page = await pages.xrange(topic, `(${after}`, '+', 'COUNT', 2).catch(() => undefined)
    if (page === undefined) await pause(20)
    else if (page.length === 0) break
    else {
      collected.push(...page)
      after = page.at(-1)[0]
    }
  }
  for (const [id, fields] of collected) console.log(id, fields[1])
  if (how !== 'shares') cursor = after
  await Promise.race([pause(50), new Promise((resolve) => (ring = resolve))])
}
