/** The Redis from a container, on a real Docker engine: `vitest run --config vitest.container.config.ts`. */
import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import { containerImage } from '../../src/dialects/redis/container.js'
import { findRedis, type FoundRedis, probeSources } from '../../src/dialects/redis/find-redis.js'
import { openRedisStore } from '../../src/dialects/open-store.js'
import type { BlockedReader, Store } from '../../src/dialects/store.js'

/** No URL, and no server on the PATH: what is left is the container. */
const env = { ...process.env, PATH: '', REDIS_URL: undefined }

const containers = () =>
  execFileSync('docker', ['ps', '--all', '--quiet', '--filter', 'label=org.tailrace=1'], { encoding: 'utf8' }).split('\n').filter(Boolean)

let found: FoundRedis
let store: Store
beforeAll(async () => {
  found = await findRedis({ env })
  store = await openRedisStore(found)
})
afterAll(() => store?.close())

describe('a Redis from a container', () => {
  it('says where it is from', () => {
    expect(found.description).toBe(`redis ${found.version} (container ${containerImage(env)})`)
    expect(found.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(found.shared).toBe(false)
    expect(containers()).toHaveLength(1)
  })

  it('keeps what is appended', async () => {
    const topic = store.topic('kept')
    const ids = await store.execute([
      { kind: 'add', topic, fields: ['data', '1'] },
      { kind: 'add', topic, fields: ['data', '2'] },
    ])
    expect((await store.scan(topic)).map(({ id }) => id)).toEqual(ids)
  })

  it('ends a blocked read when it is told to, and lets an append wake one', async () => {
    const topic = store.topic('blocked')
    const opened = await store.open(({ url }) => new RedisStreamRepository(url))
    expect(opened.blind).toBeUndefined()
    const read = async () => {
      const ids: string[] = []
      for await (const { id } of opened.repository.readMessages(topic, '0-0', { timeoutMs: 60_000, count: 10 })) ids.push(id)
      return ids
    }
    const blocked = () => new Promise<BlockedReader>((resolve, reject) => opened.watch(resolve, reject))

    const first = blocked()
    const empty = read()
    await (await first).expire()
    expect(await empty).toEqual([])

    const second = blocked()
    const woken = read()
    await second
    const [id] = await store.execute([{ kind: 'add', topic, fields: ['data', '1'] }])
    expect(await woken).toEqual([id])
    expect(await opened.close()).toBeUndefined()
  })

  it('shows up among the sources', async () => {
    const sources = await probeSources({ env })
    expect(sources.map(({ source, found: there }) => [source, there])).toEqual([
      ['REDIS_URL', false],
      ['server program', false],
      ['container', true],
    ])
  })

  it('goes away with its store', async () => {
    await store.close()
    expect(containers()).toEqual([])
  })
})
