import { expect, it } from 'vitest'
import { findRedis, probeSources } from '../../../src/dialects/redis/find-redis.js'
import { openStore } from '../../../src/dialects/open-store.js'
import { StoreError } from '../../../src/dialects/store-error.js'
import { describeWithServer } from '../../integration/redis.js'

/** No programs, no Docker. */
const NOTHING = { PATH: '/nowhere', DOCKER_HOST: 'unix:///nowhere.sock' }

it('says what was tried, and how to get a Redis', async () => {
  const error: unknown = await findRedis({ env: NOTHING }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StoreError)
  expect((error as Error).message).toMatch(
    /^no Redis found: no URL was given, no redis-server .* is on the PATH, no Docker engine answers\n/,
  )
  expect((error as Error).message).toMatch(/REDIS_URL[^]*apt-get install redis-server[^]*Docker/)
})

it('does not go on with another Redis than the one that was named', async () => {
  await expect(findRedis({ env: { ...process.env, REDIS_URL: 'redis://u:secret@127.0.0.1:1' } })).rejects.toThrow(
    /cannot use the Redis at redis:\/\/u:\*\*\*@127\.0\.0\.1:1/,
  )
})

it('finds nothing where there is nothing, source by source', async () => {
  const sources = await probeSources({ env: NOTHING })
  expect(sources.map(({ source, found, detail }) => [source, found, detail])).toEqual([
    ['REDIS_URL', false, 'not set'],
    ['server program', false, 'none on the PATH'],
    ['container', false, 'no Docker engine answers'],
  ])
})

it('opens the in-memory store without any Redis', async () => {
  const store = await openStore('memory', { env: NOTHING })
  expect(store.description).toBe('in-memory model')
  await store.close()
})

await describeWithServer('with a server program', (start) => {
  const env = { PATH: process.env['PATH'] }

  it('starts a private one, and opens a store on it', async () => {
    const found = await findRedis({ env })
    expect(found).toMatchObject({ shared: false, description: `redis ${found.version} (private process)` })
    await found.close()
    await found.close()
    await expect(findRedis({ url: found.url })).rejects.toThrow('ECONNREFUSED')
    const store = await openStore('redis', { env })
    expect(store.description).toContain('(private process)')
    await store.close()
  })

  it('takes the one that was named, and shares it', async () => {
    const { url } = await start()
    const at = url.slice('redis://'.length)
    expect(await findRedis({ env: { ...NOTHING, REDIS_URL: url } })).toMatchObject({
      shared: true,
      description: expect.stringMatching(`(REDIS_URL ${at})`) as string,
    })
    expect(await findRedis({ url, env: { ...NOTHING, REDIS_URL: 'redis://127.0.0.1:1' } })).toMatchObject({
      url,
      description: expect.stringContaining(`(--redis ${at})`) as string,
    })
  })

  it('tells doctor what there is', async () => {
    const { url } = await start()
    const [named, program] = await probeSources({ env: { ...NOTHING, ...env, REDIS_URL: url } })
    expect(named).toMatchObject({ source: 'REDIS_URL', found: true, version: expect.stringMatching(/^\d+\.\d+/) as string })
    expect(program).toMatchObject({ source: 'server program', found: true, version: named!.version })
  })
})
