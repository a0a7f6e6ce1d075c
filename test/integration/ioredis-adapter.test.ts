import type { Redis } from 'ioredis'
import { afterEach, beforeAll, expect, it } from 'vitest'
import { RedisStreamRepository, type RedisStreamOptions } from '../../src/adapters/ioredis.js'
import { type Json, isUnknownOutcome } from '../../src/contract/stream-repository.js'
import type { LocalServer } from '../../src/dialects/redis/local-server.js'
import { connect } from '../support/connect.js'
import { blockedClients, clientIds, collect, describeWithServer, until } from './redis.js'

const LONG = { timeoutMs: 60_000, count: 10 }
const NOW = { timeoutMs: 0, count: 10 }

await describeWithServer('RedisStreamRepository', (start) => {
  let server: LocalServer
  let witness: Redis
  const open: RedisStreamRepository[] = []
  let topics = 0
  const topic = () => `topic:${++topics}`
  const repository = (options: RedisStreamOptions = {}, url = server.url) => {
    open.push(new RedisStreamRepository(url, options))
    return open.at(-1)!
  }

  beforeAll(async () => {
    server = await start()
    witness = connect(server.url)
    return () => witness.disconnect()
  })
  afterEach(() => Promise.all(open.splice(0).map((each) => each.close())))

  const payloads: [string, Json][] = [
    ['unicode', { text: 'żółć 🌊 \u0000 \ud83d\ude00' }],
    ['empty', {}],
    ['an empty text', ''],
    ['null', null],
    ['nested', { a: [{ b: [[], {}, [null, -0.5, 1e300]] }] }],
    ['__proto__', JSON.parse('{"__proto__":{"x":1},"constructor":2}') as Json],
    ['1 MB', 'x'.repeat(1 << 20)],
  ]
  it.each(payloads)('gives back %s as it was', async (_, data) => {
    const [t, subject] = [topic(), repository()]
    const id = await subject.sendData(t, data)
    const [entry] = await collect(subject.readMessages(t, '0-0', NOW))
    expect(entry?.id).toBe(id)
    expect(JSON.stringify(entry?.data)).toBe(JSON.stringify(data))
  })

  it('refuses what has no JSON form', async () => {
    await expect(repository().sendData(topic(), undefined as never)).rejects.toThrow(TypeError)
  })

  it('hands out what it cannot decode, and says why', async () => {
    const [t, told] = [topic(), [] as string[]]
    const subject = repository({ onUndecodable: (_, id) => told.push(id) })
    await witness.xadd(t, '1-0', 'data', '{')
    await witness.xadd(t, '2-0', 'other', '1')
    await witness.xadd(t, '3-0', 'data', Buffer.from([0x22, 0xff, 0x22]))
    await witness.xadd(t, '4-0', 'data', '4')
    const entries = await collect(subject.readMessages(t, '0-0', NOW))
    expect(entries.map(({ id, data, undecodable }) => [id, data, undecodable instanceof Error])).toEqual([
      ['1-0', undefined, true],
      ['2-0', undefined, true],
      ['3-0', undefined, true],
      ['4-0', 4, false],
    ])
    expect(told).toEqual(['1-0', '2-0', '3-0'])
  })

  it('trims to about maxLen, and renews the time to live', async () => {
    const [t, subject] = [topic(), repository({ maxLen: 1, ttlSeconds: 77 })]
    for (let n = 0; n < 300; n++) await subject.sendData(t, n)
    expect(await witness.xlen(t)).toBeLessThan(250)
    expect(await witness.ttl(t)).toBeGreaterThan(70)
  })

  it('reads above the cursor, at most count, and takes $ as Redis does', async () => {
    const [t, subject] = [topic(), repository()]
    const ids = [await subject.sendData(t, 1), await subject.sendData(t, 2), await subject.sendData(t, 3)]
    const read = await collect(subject.readMessages(t, ids[0]!, { timeoutMs: 0, count: 1 }))
    expect(read.map(({ data }) => data)).toEqual([2])
    expect(await collect(subject.readMessages(t, '$', NOW))).toEqual([])
  })

  it('knows the tail, also of nothing, and removes a topic', async () => {
    const [t, subject] = [topic(), repository()]
    expect(await subject.getStreamTailId(t)).toBe('0-0')
    const id = await subject.sendData(t, 1)
    expect(await subject.getStreamTailId(t)).toBe(id)
    await subject.cleanupStream(t)
    expect(await witness.exists(t)).toBe(0)
  })

  it('does not report an append as failed because EXPIRE failed', async () => {
    const own = await start()
    const admin = connect(own.url)
    await admin.call('acl', 'setuser', 'writer', 'on', '>secret', '~*', '+@all', '-expire')
    const failures: string[] = []
    const subject = repository({ onExpireFailure: (_, error) => failures.push(error.message) }, own.url.replace('//', '//writer:secret@'))
    const id = await subject.sendData('t', 1)
    expect((await admin.xrange('t', '-', '+')).map(([each]) => each)).toEqual([id])
    expect(failures).toEqual([expect.stringContaining('NOPERM')])
    admin.disconnect()
  })

  it('throws what the server answered to a refused append', async () => {
    const [t, subject] = [topic(), repository()]
    await witness.set(t, 'not a stream')
    const error: unknown = await subject.sendData(t, 1).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining('WRONGTYPE') as string })
    expect(isUnknownOutcome(error)).toBe(false)
  })

  it('is certain that nothing was written where it could not connect', async () => {
    const error: unknown = await repository({}, 'redis://127.0.0.1:1')
      .sendData('t', 1)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') as string })
    expect(isUnknownOutcome(error)).toBe(false)
  })

  it('does not know the outcome of an append whose connection broke, does not repeat it, and goes on', async () => {
    const [t, subject] = [topic(), repository()]
    await subject.sendData(t, 1)
    // Commands of others wait, the one that cuts does not: the append is sent, and never answered.
    await witness.client('PAUSE', 60_000, 'WRITE')
    const append = subject.sendData(t, 2).catch((thrown: unknown) => thrown)
    const sent = async () => /^id=(\d+) .* cmd=xadd /m.exec(String(await witness.client('LIST')))?.[1]
    await witness.client('KILL', 'ID', Number(await until(sent)))
    expect(isUnknownOutcome(await append)).toBe(true)
    await witness.client('UNPAUSE')
    await subject.sendData(t, 3)
    expect((await collect(subject.readMessages(t, '0-0', NOW))).map(({ data }) => data)).toEqual([1, 3])
  })

  it('lets several reads block at once, and holds up no append', async () => {
    const [t, subject] = [topic(), repository()]
    const reads = [collect(subject.readMessages(t, '0-0', LONG)), collect(subject.readMessages(t, '$', LONG))]
    await until(async () => (await blockedClients(witness)).length === 2)
    const id = await subject.sendData(t, { n: 1 })
    expect(await Promise.all(reads)).toEqual([[{ id, data: { n: 1 } }], [{ id, data: { n: 1 } }]])
  })

  it('uses idle read connections again', async () => {
    const [t, subject] = [topic(), repository()]
    const before = await clientIds(witness)
    for (let n = 0; n < 5; n++) await collect(subject.readMessages(t, '0-0', NOW))
    expect(await clientIds(witness, before)).toHaveLength(1)
  })

  it('ends a blocked read on abort, without entry or error, and the next one works', async () => {
    const [t, subject, abort] = [topic(), repository(), new AbortController()]
    const read = collect(subject.readMessages(t, '0-0', { ...LONG, signal: abort.signal }))
    await until(async () => (await blockedClients(witness)).length === 1)
    abort.abort()
    expect(await read).toEqual([])
    await until(async () => (await blockedClients(witness)).length === 0)
    await subject.sendData(t, 1)
    expect(await collect(subject.readMessages(t, '0-0', NOW))).toHaveLength(1)
    expect(await collect(subject.readMessages(t, '0-0', { ...LONG, signal: abort.signal }))).toEqual([])
  })

  it('rejects a blocked read whose connection is cut, and never asks for $ again by itself', async () => {
    const [t, subject] = [topic(), repository()]
    const read = collect(subject.readMessages(t, '$', LONG)).catch((thrown: unknown) => thrown)
    const [id] = await until(async () => ((await blockedClients(witness)).length === 1 ? blockedClients(witness) : undefined))
    await witness.client('KILL', 'ID', Number(id))
    expect(await read).toBeInstanceOf(Error)
    expect(await blockedClients(witness)).toEqual([])
  })

  it('keeps nothing of an iteration that is left early', async () => {
    const [t, subject] = [topic(), repository()]
    await subject.sendData(t, 1)
    await subject.sendData(t, 2)
    const before = await clientIds(witness)
    for (let n = 0; n < 3; n++) for await (const _ of subject.readMessages(t, '0-0', LONG)) break
    expect(await clientIds(witness, before)).toHaveLength(1)
  })

  it('closes every socket, ends blocked reads, and does so once', async () => {
    const before = await clientIds(witness)
    const [t, subject] = [topic(), repository()]
    await subject.sendData(t, 1)
    const read = collect(subject.readMessages(t, '$', LONG)).catch((thrown: unknown) => thrown)
    await until(async () => (await blockedClients(witness)).length === 1)
    await Promise.all([subject.close(), subject.close()])
    expect(await read).toMatchObject({ message: 'the repository was closed during the read' })
    await until(async () => (await clientIds(witness, before)).length === 0)
    await subject.close()
    await expect(subject.sendData(t, 2)).rejects.toThrow('closed')
    await expect(collect(subject.readMessages(t, '0-0', NOW))).rejects.toThrow('closed')
  })

  it('speaks over a unix socket, and to a database of a number', async () => {
    const path = `/tmp/tailrace-test-${process.pid}.sock`
    const own = await start(['--unixsocket', path])
    const subject = repository({}, `unix://${path}?db=3`)
    const id = await subject.sendData('t', 1)
    const admin = connect(`${own.url}/3`)
    expect((await admin.xrange('t', '-', '+')).map(([each]) => each)).toEqual([id])
    admin.disconnect()
  })
})
