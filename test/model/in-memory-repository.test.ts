import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Clock, virtualClock } from '../../src/clock/clock.js'
import type { Json, ReadOptions, StreamEntry } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { MemoryStream } from '../../src/model/memory-stream.js'

const READ = { timeoutMs: 2000, count: 10 }

async function collect(entries: AsyncIterable<StreamEntry>): Promise<readonly StreamEntry[]> {
  const all: StreamEntry[] = []
  for await (const entry of entries) all.push(entry)
  return all
}

interface Rig {
  readonly repository: InMemoryStreamRepository
  readonly stream: MemoryStream
  readonly clock: Clock
  readonly read: (cursor: string, options?: Partial<ReadOptions>) => Promise<readonly StreamEntry[]>
}

function rig(options: { clock?: Clock | null } = {}): Rig {
  const stream = new MemoryStream()
  const clock = virtualClock()
  const repository = new InMemoryStreamRepository({ stream, clock: options.clock === undefined ? clock : options.clock })
  return { repository, stream, clock, read: (cursor, more) => collect(repository.readMessages('t', cursor, { ...READ, ...more })) }
}

const idsOf = (entries: readonly StreamEntry[]) => entries.map(({ id }) => id)

describe('the repository over the model', () => {
  it('reads what was appended, as it was appended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (data) => {
        const { repository, read } = rig()
        const id = await repository.sendData('t', data as Json)
        expect(JSON.stringify(await read('0-0'))).toBe(JSON.stringify([{ id, data }]))
      }),
    )
  })

  it('refuses what is no JSON value', async () => {
    const { repository, stream } = rig()
    await expect(repository.sendData('t', undefined as never)).rejects.toThrow(TypeError)
    expect(stream.all('t')).toEqual([])
  })

  it('hands out what does not decode, so that the caller can go past it', async () => {
    const { stream, read } = rig()
    stream.add('t', '{"half":')
    stream.add('t', '1')
    const [bad, good] = await read('0-0')
    expect(bad).toMatchObject({ id: '1-0', data: undefined, undecodable: expect.any(SyntaxError) })
    expect(good).toEqual({ id: '2-0', data: 1 })
  })

  it('gives a concrete tail, the origin where there is nothing, and never "$"', async () => {
    const { repository, stream } = rig()
    expect(await repository.getStreamTailId('t')).toBe('0-0')
    await repository.sendData('t', 1)
    await repository.sendData('t', 2)
    expect(await repository.getStreamTailId('t')).toBe('2-0')
    stream.delete('t', (await repository.getStreamTailId('t')) as never)
    expect(await repository.getStreamTailId('t')).toBe('1-0')
    await repository.cleanupStream('t')
    expect(await repository.getStreamTailId('t')).toBe('0-0')
  })

  it('reads at most count, above the cursor, and the same again', async () => {
    const { repository, read } = rig()
    for (let i = 0; i < 12; i++) await repository.sendData('t', i)
    expect(idsOf(await read('9-0'))).toEqual(['10-0', '11-0', '12-0'])
    expect(idsOf(await read('9-0', { count: 1 }))).toEqual(['10-0'])
    expect(await read('0-0')).toHaveLength(10)
    expect(await read('0-0')).toEqual(await read('0-0'))
  })

  it('ends empty when its time is up, and takes that time', async () => {
    const { read, clock } = rig()
    expect(await read('0-0')).toEqual([])
    expect(clock.now()).toBe(2000)
  })

  it('does not wait where it is given no time, nor where it is given up before', async () => {
    const { read, clock, stream } = rig()
    expect(await read('0-0', { timeoutMs: 0 })).toEqual([])
    expect(await read('0-0', { signal: AbortSignal.abort() })).toEqual([])
    expect([clock.now(), stream.waiting().length]).toEqual([0, 0])
  })

  it('gives nothing to who has given it up before', async () => {
    const { read, repository } = rig()
    await repository.sendData('t', 1)
    expect(await read('0-0', { signal: AbortSignal.abort() })).toEqual([])
  })

  it('is woken by an append, at the time of it', async () => {
    const { repository, read, clock } = rig()
    const reading = read('0-0')
    await clock.sleep(500)
    await repository.sendData('t', 'x')
    expect(await reading).toEqual([{ id: '1-0', data: 'x' }])
    expect(clock.now()).toBe(500)
  })

  it('is woken by the entry above its cursor only', async () => {
    const { stream, read, clock } = rig()
    const reading = read('9-0')
    await clock.sleep(10)
    stream.add('t', '1')
    await clock.sleep(10)
    stream.add('t', '2', '9-1' as never)
    expect(idsOf(await reading)).toEqual(['9-1'])
  })

  it('gives an append at the very deadline to those who can still have it, and loses it to nobody', async () => {
    const { repository, read, clock } = rig()
    const reading = read('0-0')
    await clock.sleep(2000)
    await repository.sendData('t', 'x')
    const first = await reading
    expect(idsOf([...first, ...(first.length === 0 ? await read('0-0') : [])])).toEqual(['1-0'])
  })

  it('takes "$" as the tail when the wait begins, and loses what comes between two of them', async () => {
    const { repository, read, clock } = rig()
    await repository.sendData('t', 'before')
    const reading = read('$')
    await clock.sleep(1)
    await repository.sendData('t', 'in it')
    expect(await reading).toEqual([{ id: '2-0', data: 'in it' }])
    await repository.sendData('t', 'between')
    expect(await read('$')).toEqual([])
    expect(idsOf(await read('2-0'))).toEqual(['3-0'])
  })

  it('wakes every reader of the topic, and none of another', async () => {
    const { repository, read, clock } = rig()
    const readings = [read('0-0'), read('$')]
    const other = collect(repository.readMessages('t2', '0-0', READ))
    await clock.sleep(1)
    await repository.sendData('t', 'x')
    expect((await Promise.all(readings)).map(idsOf)).toEqual([['1-0'], ['1-0']])
    expect(await other).toEqual([])
  })

  it('settles without an entry when it is given up, and leaves nothing waiting', async () => {
    const { read, stream, clock } = rig()
    const controller = new AbortController()
    const reading = read('0-0', { signal: controller.signal })
    await clock.sleep(1)
    expect(stream.waiting().length).toBe(1)
    controller.abort()
    expect(await reading).toEqual([])
    expect([stream.waiting().length, clock.now()]).toEqual([0, 1])
  })

  it('throws where its connection is cut while it waits: an error is never shown as an empty read', async () => {
    const { repository, stream } = rig({ clock: null })
    stream.onWait = (waiter) => waiter.end('disconnected')
    await expect(collect(repository.readMessages('t', '0-0', READ))).rejects.toThrow('the connection was lost')
  })

  it('leaves its waits, without a clock, to who watches the stream', async () => {
    const { read, stream } = rig({ clock: null })
    stream.onWait = (waiter) => waiter.end('expired')
    expect(await read('0-0')).toEqual([])
  })

  it('keeps time of its own where it is given none', async () => {
    const repository = new InMemoryStreamRepository()
    expect(await collect(repository.readMessages('t', '0-0', { timeoutMs: 86_400_000, count: 1 }))).toEqual([])
    expect(repository.stream.waiting().length).toBe(0)
  })

  it('does nothing after it was closed, ends waits by an error, and can be closed again', async () => {
    const { repository, read, stream, clock } = rig()
    const reading = read('0-0')
    const refused = reading.catch((error: unknown) => error)
    await clock.sleep(1)
    await repository.close()
    expect(await refused).toMatchObject({ message: 'the repository is closed' })
    await repository.close()
    await expect(read('0-0')).rejects.toThrow('closed')
    await expect(repository.sendData('t', 1)).rejects.toThrow('closed')
    await expect(repository.getStreamTailId('t')).rejects.toThrow('closed')
    expect(stream.waiting().length).toBe(0)
  })
  it('listens to a signal once, however often it reads with it, and ends all of its reads', async () => {
    const { read, stream } = rig({ clock: null })
    const [one, other] = [new AbortController(), new AbortController()]
    const given = [one, one, other].map(({ signal }) => read('0-0', { signal }))
    await Promise.resolve()
    expect(getEventListeners(one.signal, 'abort')).toHaveLength(1)
    one.abort()
    expect(await Promise.all(given.slice(0, 2))).toEqual([[], []])
    expect(stream.waiting()).toHaveLength(1)
    other.abort()
    expect(await given[2]).toEqual([])
  })
})
