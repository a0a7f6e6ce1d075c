import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { StreamId } from '../../src/contract/stream-id.js'
import type { StreamEntry, StreamRepository } from '../../src/contract/stream-repository.js'
import type { LocalServer } from '../../src/dialects/redis/local-server.js'
import { type RedisStore, redisStore } from '../../src/dialects/redis/redis-store.js'
import type { BlockedReader, OpenedRepository, Store } from '../../src/dialects/store.js'
import { StoreError } from '../../src/dialects/store-error.js'
import { connect } from '../support/connect.js'
import { calling, blockedClients, clientIds, collect, describeWithServer, until } from './redis.js'

const LONG = { timeoutMs: 60_000, count: 10 }
const id = (text: string) => text as StreamId

const unexpected = () => expect.unreachable('nothing was to be told')

/** The next read that blocks. */
const blocked = (opened: OpenedRepository) => new Promise<BlockedReader>((resolve, reject) => opened.watch(resolve, reject))

await describeWithServer('redisStore', (start) => {
  let server: LocalServer
  let other: Redis
  const stores: Store[] = []
  const open = async (shared = false, url = server.url) => {
    stores.push(await redisStore({ url, shared, description: 'redis' }))
    return stores.at(-1)!
  }
  const adapter = ({ url }: { url: string }) => new RedisStreamRepository(url)

  beforeAll(async () => {
    server = await start()
    other = connect(server.url)
  })
  afterAll(async () => {
    for (const store of stores) await store.close().catch(() => undefined)
    other.disconnect()
  })

  describe('commands', () => {
    it('adds, trims, deletes and drops, and scans the bytes as they are', async () => {
      const store = await open()
      const t = store.topic('t')
      const bytes = Buffer.from([0xff, 0x00, 0x22])
      expect(await store.execute([{ kind: 'add', topic: t, fields: ['data', bytes], id: id('1-0') }])).toEqual(['1-0'])
      const [two, none, three] = await store.execute([
        { kind: 'add', topic: t, fields: ['data', '2'] },
        { kind: 'trim', topic: t, maxLen: 1 },
        { kind: 'add', topic: t, fields: ['a', '1', 'b', '2'] },
      ])
      expect(none).toBeUndefined()
      expect((await store.scan(t)).map((entry) => [entry.id, entry.fields.map(String)])).toEqual([
        [two, ['data', '2']],
        [three, ['a', '1', 'b', '2']],
      ])
      await store.execute([{ kind: 'delete', topic: t, id: two! }])
      expect(await store.scan(t)).toHaveLength(1)
      await store.execute([{ kind: 'drop', topic: t }])
      await store.execute([{ kind: 'add', topic: t, fields: ['data', bytes], id: id('0-1') }])
      expect(await store.scan(t)).toEqual([{ id: '0-1', fields: [Buffer.from('data'), bytes] }])
      expect(await store.execute([])).toEqual([])
    })

    it('rejects what the server refuses, alone or among others', async () => {
      const store = await open()
      const t = store.topic('t')
      const old = { kind: 'add', topic: t, fields: ['data', '1'], id: id('5-0') } as const
      await store.execute([old])
      await expect(store.execute([old])).rejects.toThrow(StoreError)
      await expect(store.execute([{ kind: 'trim', topic: t, maxLen: 5 }, old])).rejects.toThrow(/XADD was refused/)
    })

    it('removes its own discarded topics many at a time, and those of others at once', async () => {
      const store = await open()
      const add = (topic: string) => store.execute([{ kind: 'add', topic, fields: ['data', '1'] }])
      const own = Array.from({ length: 70 }, (_, n) => store.topic(`t${n}`))
      for (const topic of own) await add(topic)
      for (const topic of own) await store.discard([topic])
      expect(await other.exists(...own)).toBe(6)
      await add('not-named-by-the-store')
      await store.discard(['not-named-by-the-store'])
      expect(await other.exists('not-named-by-the-store', ...own)).toBe(0)
    })

    it('sends what is given while an answer is on its way in one write', async () => {
      const { client } = (await open()) as RedisStore
      const answers = ['1', '2', '3'].map((word) => client.call('echo', word))
      // The first has left, and the others stay.
      expect(client.socket.writableCorked).toBe(1)
      expect(await Promise.all(answers)).toEqual(['1', '2', '3'])
      expect(client.socket.writableCorked).toBe(0)
    })

    it('removes every key of its own on close, and no other', async () => {
      const [store, neighbour] = [await open(true), await open(true)]
      const t = store.topic('t')
      await store.execute([{ kind: 'add', topic: t, fields: ['data', '1'] }])
      await other.set(`${t}:scratch`, '1')
      await other.set('tailrace:not-ours', '1')
      const kept = neighbour.topic('t')
      await neighbour.execute([{ kind: 'add', topic: kept, fields: ['data', '1'] }])
      await store.close()
      await store.close()
      expect(await other.exists(t, `${t}:scratch`)).toBe(0)
      expect(await other.exists('tailrace:not-ours', kept)).toBe(2)
    })
  })

  describe.each([false, true])('blocked reads, shared: %s', (shared) => {
    it('finds the read that blocks, and ends it with the genuine empty reply', async () => {
      const store = await open(shared)
      const opened = await store.open(adapter)
      const t = store.topic('t')
      for (let n = 0; n < 3; n++) {
        const read = collect(calling(opened).readMessages(t, '0-0', LONG))
        const reader = await blocked(opened)
        expect(await reader.stillBlocked()).toBe(true)
        await reader.expire()
        expect(await read).toEqual([])
        expect(await reader.stillBlocked()).toBe(false)
      }
      expect(opened.blind).toBeUndefined()
      expect(await opened.close()).toBeUndefined()
    })

    it('sees that an append served it, and the same connection block anew without being told', async () => {
      const store = await open(shared)
      const opened = await store.open(adapter)
      const t = store.topic('t')
      const read = collect(calling(opened).readMessages(t, '0-0', LONG))
      await blocked(opened)
      await store.execute([{ kind: 'add', topic: t, fields: ['data', '1'] }])
      expect(await read).toHaveLength(1)
      const again = collect(calling(opened).readMessages(t, '$', LONG))
      await (await blocked(opened)).expire()
      expect(await again).toEqual([])
    })

    it('tells several readers of one subject apart', async () => {
      const store = await open(shared)
      const opened = await store.open(adapter)
      const [a, b] = [store.topic('a'), store.topic('b')]
      const readA = collect(calling(opened).readMessages(a, '0-0', LONG))
      const readerA = await blocked(opened)
      const readB = collect(calling(opened).readMessages(b, '0-0', LONG))
      const readerB = await blocked(opened)
      await readerA.expire()
      expect(await readA).toEqual([])
      expect(await readerB.stillBlocked()).toBe(true)
      await readerB.expire()
      expect(await readB).toEqual([])
    })

    it('cuts the connection, and adds before the reader can come back', async () => {
      const store = await open(shared)
      // Reconnects by itself and asks for `$` again: what was added in between must be out of its reach.
      const client = { current: undefined as Redis | undefined }
      const opened = await store.open(({ url }) => literalDollar((client.current = connect(url, { retryStrategy: () => 0 }))))
      const t = store.topic('t')
      const read = collect(calling(opened).readMessages(t, '$', LONG))
      const reader = await blocked(opened)
      const [added] = await reader.disconnect([{ kind: 'add', topic: t, fields: ['data', '1'] }])
      expect((await store.scan(t)).map((entry) => entry.id)).toEqual([added])
      expect(await reader.stillBlocked()).toBe(false)
      // The connection that the client made anew is the subject's too.
      await (await blocked(opened)).expire()
      expect(await read).toEqual([])
      expect(await opened.close()).toBeUndefined()
      expect(client.current?.status).toBe('end')
    })

    it('leaves the blocked clients of others alone', async () => {
      const store = await open(shared)
      const [opened, neighbour] = [await store.open(adapter), await store.open(adapter)]
      const stranger = connect(server.url)
      const read = shared ? stranger.xread('BLOCK', 0, 'STREAMS', 'stranger', '$').catch(() => null) : Promise.resolve(null)
      if (shared) await until(async () => (await blockedClients(other)).length === 1)
      const t = store.topic('t')
      const theirs = collect(calling(neighbour).readMessages(t, '0-0', LONG))
      const theirReader = await blocked(neighbour)
      const ours = collect(calling(opened).readMessages(t, '0-0', LONG))
      const reader = await blocked(opened)
      await reader.expire()
      expect(await ours).toEqual([])
      expect(await theirReader.stillBlocked()).toBe(true)
      expect(await blockedClients(other)).toHaveLength(shared ? 2 : 1)
      await theirReader.expire()
      await theirs
      stranger.disconnect()
      await read
    })

    it('keeps eight subjects in flight apart', async () => {
      const store = await open(shared)
      const rounds = Array.from({ length: 8 }, async () => {
        const opened = await store.open(adapter)
        const t = store.topic('t')
        for (let n = 0; n < 20; n++) {
          const read = collect(calling(opened).readMessages(t, '$', LONG))
          const reader = await blocked(opened)
          if (n % 4 === 3) await store.execute([{ kind: 'add', topic: t, fields: ['data', '1'] }])
          else if (n % 4 === 2) await reader.disconnect([])
          else await reader.expire()
          expect(await read.catch(() => 'cut')).toHaveLength(n % 4 === 3 ? 1 : n % 4 === 2 ? 3 : 0)
        }
        expect(await opened.close()).toBeUndefined()
      })
      await Promise.all(rounds)
    })

    it('sees what waits behind a blocked read', async () => {
      const store = await open(shared)
      const client = { current: undefined as Redis | undefined }
      const opened = await store.open(({ url }) => literalDollar((client.current = connect(url))))
      const t = store.topic('t')
      expect(await opened.queuedBehindRead()).toBeUndefined()
      const read = collect(calling(opened).readMessages(t, '$', LONG))
      const reader = await blocked(opened)
      expect(await opened.queuedBehindRead()).toBeUndefined()
      const append = calling(opened).sendData(t, 1)
      expect(await until(() => opened.queuedBehindRead())).toMatch(
        /^client id=\d+ \(127\.0\.0\.1:\d+\) is blocked in xread with \d+ bytes of further commands waiting behind it$/,
      )
      await reader.expire()
      await Promise.all([read, append])
    })
  })

  it.each([false, true])('follows a client in another process only on a private server, shared: %s', async (shared) => {
    const own = await start()
    const peer = connect(own.url)
    const script =
      "const { Redis } = require('ioredis'); const c = new Redis(process.argv[1], { disableClientInfo: true });" +
      "c.xread('BLOCK', 0, 'STREAMS', 'elsewhere', '$').then(() => c.disconnect())"
    async function* readMessages(): AsyncGenerator<StreamEntry, void, undefined> {
      await once(spawn(process.execPath, ['-e', script, own.url]), 'exit')
    }
    const store = await open(shared, own.url)
    const opened = await store.open(({ url }) => Object.assign(adapter({ url }), { readMessages }))
    const read = collect(calling(opened).readMessages('t', '$', LONG))
    if (!shared) await (await blocked(opened)).expire()
    else {
      const stop = opened.watch(unexpected, unexpected)
      await until(async () => opened.blind && (await blockedClients(peer)).length === 1)
      stop()
      await peer.xadd('elsewhere', '*', 'a', 'b')
    }
    await read
    peer.disconnect()
  })

  it('is blind on a shared server to a connection that was made before', async () => {
    const early = connect(server.url)
    await early.ping()
    const store = await open(true)
    const opened = await store.open(() => literalDollar(early))
    const t = store.topic('t')
    const read = collect(calling(opened).readMessages(t, '$', { timeoutMs: 60_000, count: 1 }))
    const stop = opened.watch(unexpected, unexpected)
    expect(await until(async () => (await other.ping()) && opened.blind)).toContain('real time-outs are waited for')
    stop()
    await store.execute([{ kind: 'add', topic: t, fields: ['data', '1'] }])
    expect(await read).toHaveLength(1)
    early.disconnect()
  })

  it('follows a connection that was made before on a private server', async () => {
    const early = connect(server.url)
    await early.ping()
    const store = await open(false)
    const opened = await store.open(() => literalDollar(early))
    const read = collect(calling(opened).readMessages(store.topic('t'), '$', LONG))
    await (await blocked(opened)).expire()
    expect(await read).toEqual([])
    early.disconnect()
  })

  it('is blind where the server does not let it list clients', async () => {
    const own = await start()
    const admin = connect(own.url)
    await admin.call('acl', 'setuser', 'poor', 'on', '>pw', '~*', '+@all', '-client|list')
    const store = await open(true, own.url.replace('//', '//poor:pw@'))
    const opened = await store.open(adapter)
    expect(opened.blind).toMatch(/CLIENT LIST was refused.*NOPERM.*real time-outs/)
    admin.disconnect()
  })

  it('goes by the clients that are not its own over the unix socket of a private server', async () => {
    const path = `/tmp/tailrace-store-${process.pid}.sock`
    await start(['--unixsocket', path])
    const store = await open(false, `unix://${path}`)
    const opened = await store.open(adapter)
    const read = collect(calling(opened).readMessages(store.topic('t'), '0-0', LONG))
    await (await blocked(opened)).expire()
    expect(await read).toEqual([])
    expect(await opened.close()).toBeUndefined()
    const shared = await open(true, `unix://${path}`)
    expect((await shared.open(adapter)).blind).toContain('unix socket')
  })

  describe('closing a subject', () => {
    it('says what it left open, and closes it', async () => {
      const store = await open()
      const before = await clientIds(other)
      const opened = await store.open(({ url }) => {
        const client = connect(url, { retryStrategy: () => null })
        return { ...literalDollar(client), close: async () => {} }
      })
      await calling(opened).getStreamTailId('t')
      expect(await opened.close()).toMatch(/^left 1 connection open \(127\.0\.0\.1:\d+\)$/)
      await until(async () => (await clientIds(other, before)).length === 0)
    })

    it('closes in silence what has no close()', async () => {
      const store = await open()
      const opened = await store.open(({ url }) => {
        const { close: _, ...rest } = literalDollar(connect(url, { retryStrategy: () => null }))
        return rest
      })
      await calling(opened).getStreamTailId('t')
      expect(await opened.close()).toBeUndefined()
    })

    it('says that close() threw, or never settled', async () => {
      const store = await open()
      const bare = literalDollar(connect(server.url))
      const throws = await store.open(() => ({ ...bare, close: () => Promise.reject(new Error('no')) }))
      expect(await throws.close()).toBe('close() threw: no')
      const hangs = await store.open(() => ({ ...bare, close: () => new Promise<void>(() => {}) }), 500)
      await expect(hangs.close()).rejects.toThrow('close() failed: it had not settled after 0.5 s')
      await bare.close()
    })
  })

  it('keeps the other members of a repository, and its identity', async () => {
    const store = await open()
    class Extended extends RedisStreamRepository {
      readonly #secret = 7
      secret() {
        return this.#secret
      }
    }
    const { repository } = await store.open(({ url }) => new Extended(url))
    expect(repository).toBeInstanceOf(Extended)
    expect((repository as Extended).secret()).toBe(7)
  })

  it('fails at once, in words, when the server dies', async () => {
    const own = await start()
    const store = await open(false, own.url)
    const opened = await store.open(adapter)
    const read = collect(calling(opened).readMessages(store.topic('t'), '0-0', LONG)).catch(() => undefined)
    await blocked(opened)
    const noticed = new Promise((resolve) => opened.watch(unexpected, resolve))
    process.kill(own.pid, 'SIGKILL')
    expect(await noticed).toBeInstanceOf(StoreError)
    await read
    await expect(store.scan('t')).rejects.toThrow(/lost the Redis at redis:\/\/127\.0\.0\.1:\d+ during XRANGE.*\n.*run again/)
    await store.close()
  })

  it('says where nothing answers, without the password', async () => {
    await expect(redisStore({ url: 'redis://me:hunter2@127.0.0.1:1', shared: true, description: '' })).rejects.toThrow(
      /^cannot use the Redis at redis:\/\/me:\*\*\*@127\.0\.0\.1:1: connect ECONNREFUSED/,
    )
    await expect(redisStore({ url: 'http://x', shared: true, description: '' })).rejects.toThrow(StoreError)
  })
})

/** One connection for everything, as careless users have it. */
function literalDollar(client: Redis): StreamRepository & { close(): Promise<void> } {
  return {
    sendData: async (topic, data) => (await client.xadd(topic, '*', 'data', JSON.stringify(data)))!,
    async *readMessages(topic, lastId, { timeoutMs, count }) {
      const reply = await client.xread('COUNT', count, 'BLOCK', timeoutMs, 'STREAMS', topic, lastId)
      for (const [entryId, fields] of reply?.[0]?.[1] ?? []) yield { id: entryId, data: JSON.parse(fields[1]!) as unknown }
    },
    getStreamTailId: async (topic) => (await client.xrevrange(topic, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0',
    cleanupStream: async (topic) => void (await client.del(topic)),
    close: async () => client.disconnect(),
  }
}
