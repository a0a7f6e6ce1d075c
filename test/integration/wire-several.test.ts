/** Programs that read several streams at once, and publishers behind the probe, on a real Redis. */
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { wireScenarios } from '../../scenarios/wire/index.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import type { WireSubject } from '../../src/subject/wire-subject.js'
import { runWire } from '../support/run-wire.js'
import { wire } from '../../src/sources/wire/definition.js'
import { snapshot } from '../support/wire-consumers.js'
import { describeWithServer } from './redis.js'

const tailOf = async (redis: Redis, key: string): Promise<string> => (await redis.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'

/** Reads two streams at once. `$` is kept for each until it has brought something; `onlyFirst` forgets the others of an answer. */
const two = ({ from, onlyFirst = false }: { from: '$' | 'tail'; onlyFirst?: boolean }): WireSubject => ({
  name: 'two streams',
  topic: 'task:*',
  start: async ({ port, topic, onDelivery }) => {
    const redis = new Redis(port)
    redis.on('error', () => undefined)
    const keys = [topic, `${topic}:more`]
    const cursors = new Map<string, string>()
    for (const key of keys) cursors.set(key, from === '$' ? '$' : await tailOf(redis, key))
    const run = async () => {
      while (redis.status !== 'end') {
        const ids = keys.map((key) => cursors.get(key)!)
        const answer = await redis.xread('COUNT', 10, 'BLOCK', 2000, 'STREAMS', ...keys, ...ids)
        const streams = onlyFirst ? (answer ?? []).slice(0, 1) : (answer ?? [])
        for (const [key, entries] of streams) {
          for (const [id, fields] of entries) {
            cursors.set(key, id)
            onDelivery(fields.join(' '))
          }
        }
        // One that forgets a stream of an answer has often one cursor for all of them.
        const newest = [...cursors.values()].toSorted().at(-1)!
        if (onlyFirst) for (const key of keys) cursors.set(key, newest)
      }
    }
    void run().catch(() => undefined)
    return { stop: () => redis.disconnect() }
  },
})

/** Appends through the probe. A client that sends a command again when its connection broke adds it twice. */
const publishing = (sendsAgain: boolean): WireSubject => ({
  ...snapshot,
  name: 'publisher',
  appendsThroughProbe: true,
  publish: async ({ probe, topic, data }) => {
    const redis = new Redis(probe, { maxRetriesPerRequest: sendsAgain ? 5 : 0, retryStrategy: () => 1 })
    redis.on('error', () => undefined)
    try {
      return await redis.xadd(topic, '*', 'data', JSON.stringify(data))
    } catch (error) {
      // It may be in the log: who tells its caller so does not add it again.
      const found = (await redis.xrange(topic, '-', '+')).find(([, fields]) => fields.includes(JSON.stringify(data)))
      if (found === undefined) throw error
      return found[0]
    } finally {
      redis.disconnect()
    }
  },
})

await describeWithServer('several streams, and publishers, over the wire', (start) => {
  let url = ''
  async function run(subject: WireSubject, name: string) {
    url ||= (await start()).url
    const wired = await wire(subject, { ...(await findRedis({ url })), shared: false })
    const scenarios = wireScenarios.filter((each) => each.name === name)
    const { scenarios: results, skipped, error } = await runWire(wired, { scenarios, bursts: 0, seed: 1, watchdogMs: 3000 })
    await wired.store.close()
    expect(error).toBeUndefined()
    return results[0] ?? skipped[0]
  }

  it('R22: a second stream that is asked for from its tail again loses what came in between', async () => {
    expect(await run(two({ from: '$' }), 'wire-several-at-tail')).toMatchObject({
      verdict: { result: 'invalid', anomalies: [{ code: 'unseen', value: 's1' }] },
    })
    expect(await run(two({ from: 'tail' }), 'wire-several-at-tail')).toMatchObject({ verdict: { result: 'valid', counts: { owed: 1 } } })
  })

  it('R21: what stands in the second stream of an answer is lost to who looks at the first only', async () => {
    expect(await run(two({ from: 'tail', onlyFirst: true }), 'wire-several-in-one-reply')).toMatchObject({ verdict: { result: 'invalid' } })
    expect(await run(two({ from: 'tail' }), 'wire-several-in-one-reply')).toMatchObject({ verdict: { result: 'valid' } })
  })

  it('is not tried on a program that reads one stream, nor on a publisher past the probe', async () => {
    expect(await run(snapshot, 'wire-several-at-tail')).toMatchObject({ reason: 'it reads one stream at a time' })
    expect(await run(snapshot, 'wire-acknowledgement-lost')).toMatchObject({ reason: expect.stringContaining('appendsThroughProbe') })
  })

  it('R33: an append that is sent again is there twice', async () => {
    expect(await run(publishing(true), 'wire-acknowledgement-lost')).toMatchObject({
      verdict: { result: 'invalid', anomalies: [{ code: 'duplicate-append', rule: '1.3' }] },
    })
    expect(await run(publishing(false), 'wire-acknowledgement-lost')).toMatchObject({ verdict: { result: 'valid' } })
  })
})
