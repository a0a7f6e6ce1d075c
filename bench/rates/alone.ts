/**
 * The consumers of those schedules without a harness: what a schedule would take if ours cost nothing.
 *
 * The consumer starts, waits, and is served as many entries as a schedule appends, the fence included, each as soon as it
 * waits again. It has no empty read: without us a BLOCK takes its time. The event loop is kept awake between round trips, as
 * the conductor does. So this bounds what can be reached from above.
 */
import { Redis } from 'ioredis'
import { demoSubject } from '../../src/cli/demo-subjects.js'
import { Awake, systemClock } from '../../src/clock/clock.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { MemoryStream } from '../../src/model/memory-stream.js'
import { findRedis } from '../../src/dialects/redis/find-redis.js'
import { wireConsumer } from '../wire-consumer.js'
import { type Lanes, fifteen, inLanes } from './lanes.js'

const awake = new Awake()
const ENTRIES = fifteen.steps.filter((step) => 'append' in step).length + 1

export async function aloneOnModel(): Promise<Lanes> {
  const repository = await demoSubject('memory', 'snapshot-cursor').open({ url: '', memory: new MemoryStream() })
  return inLanes('model', [followed('memory', repository, () => undefined)], async () => repository.close?.())
}

export async function aloneOnRedis(inFlight: number): Promise<Lanes> {
  const redis = await findRedis()
  const open = async () => await demoSubject('redis', 'snapshot-cursor').open({ url: redis.url, memory: new MemoryStream() })
  const repositories = await Promise.all(Array.from({ length: inFlight }, open))
  const runs = repositories.map((repository) => followed('redis', repository, () => awake.stir()))
  return inLanes(`real Redis, ${inFlight} in flight`, runs, async () => {
    for (const repository of repositories) await repository.close?.()
    await redis.close()
  })
}

export async function aloneOnWire(): Promise<Lanes> {
  const redis = await findRedis()
  const { hostname: host, port } = new URL(redis.url)
  const producer = new Redis(redis.url)
  let moved = () => {}
  const onMove = () => moved()
  const subject = wireConsumer('snapshot-cursor', 'bare', onMove)
  const run = async () => {
    const topic = nextTopic()
    const ready = new Promise<void>((resolve) => (moved = resolve))
    awake.stir()
    const program = await subject.start({ host, port: Number(port), url: redis.url, topic, onDelivery: onMove, onAnnouncement: onMove })
    await ready
    for (let entry = 0; entry < ENTRIES; entry++) {
      const arrived = new Promise<void>((resolve) => (moved = resolve))
      awake.stir()
      await producer.xadd(topic, '*', 'data', 'sentinel')
      await arrived
    }
    await program.stop()
    await producer.del(topic)
  }
  return inLanes('over the wire', [run], async () => {
    producer.disconnect()
    await redis.close()
  })
}

let topics = 0
const nextTopic = () => `tailrace:bench:${++topics}`

function followed(dialect: 'memory' | 'redis', repository: StreamRepository, stir: () => void): () => Promise<void> {
  const { consume, entryOf } = demoSubject(dialect, 'snapshot-cursor')
  return async () => {
    const topic = nextTopic()
    const context = {
      repository,
      topic,
      clock: systemClock,
      signal: new AbortController().signal,
      read: fifteen.read,
      status: async () => 'running' as const,
    }
    const frames = consume!(context)[Symbol.asyncIterator]()
    const nextEntry = async () => {
      while (entryOf!((await frames.next()).value) === undefined);
    }
    await frames.next()
    for (let entry = 0; entry < ENTRIES; entry++) {
      const arrived = nextEntry()
      stir()
      await repository.sendData(topic, 'sentinel')
      await arrived
    }
    await frames.return?.()
    await repository.cleanupStream(topic)
  }
}
