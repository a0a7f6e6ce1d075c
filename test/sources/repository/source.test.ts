import { describe, expect, it } from 'vitest'
import type { StreamRepository } from '../../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../../src/model/in-memory-repository.js'
import { Passing, type Signal } from '../../../src/testing/instrument.js'
import { wrap } from '../../../src/sources/repository/source.js'
import type { ReadCall } from '../../../src/sources/source.js'

const READ = { timeoutMs: 0, count: 10 }

type Note = { readonly note: string; readonly read: number; readonly [more: string]: unknown }

class Observing extends Passing {
  readonly seen: (Signal | Note)[] = []

  override gate(signal: Signal): undefined {
    this.seen.push(signal)
  }

  override sent(call: { readonly kind: string; readonly number?: number }): void {
    if (call.kind === 'read') this.seen.push({ note: 'read-sent', read: call.number! })
  }

  override entry({ number: read }: ReadCall, entry: unknown): void {
    this.seen.push({ note: 'read-entry', read, entry })
  }

  override ended({ number: read }: ReadCall, how: string, error?: unknown): void {
    this.seen.push({ note: 'read-ended', read, how, ...(error === undefined ? {} : { error }) })
  }
}

const wrapped = <R extends StreamRepository>(repository: R, holder = new Passing()): R =>
  wrap({ repository, within: (call) => call(), settle: (answer) => answer }, holder)

function observed<R extends InMemoryStreamRepository>(repository: R) {
  const observing = new Observing()
  const { seen } = observing
  return { probed: wrapped(repository, observing), seen, names: () => seen.map((each) => ('gate' in each ? each.gate : each.note)) }
}

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of iterable) all.push(each)
  return all
}

/** With state that only the real object may touch. */
class Private extends InMemoryStreamRepository {
  #calls = 0
  readonly label = 'private'
  count(): number {
    return ++this.#calls
  }
  get doubled(): number {
    return this.#calls * 2
  }
}

describe('the wrapper', () => {
  it('keeps every other member working: private fields, getters, identity, instanceof', () => {
    const real = new Private()
    const { probed } = observed(real)
    expect(probed.count()).toBe(1)
    expect(probed.doubled).toBe(2)
    expect(probed.count).toBe(probed.count)
    expect(probed).toBeInstanceOf(Private)
    expect(probed.label).toBe('private')
    expect('count' in probed).toBe(true)
    expect(Object.keys(probed)).toEqual(Object.keys(real))
  })

  it('wraps a frozen repository', async () => {
    const model = new InMemoryStreamRepository()
    const frozen = Object.freeze({
      sendData: model.sendData.bind(model),
      readMessages: model.readMessages.bind(model),
      getStreamTailId: model.getStreamTailId.bind(model),
      cleanupStream: model.cleanupStream.bind(model),
    })
    const probed = wrapped(frozen)
    await probed.sendData('t', 1)
    expect(await probed.getStreamTailId('t')).toBe('1-0')
  })

  it('gives the same answers as the repository inside', async () => {
    const { probed } = observed(new InMemoryStreamRepository())
    const id = await probed.sendData('t', { a: 1 })
    expect(await probed.getStreamTailId('t')).toBe(id)
    expect(await collect(probed.readMessages('t', '0-0', READ))).toEqual([{ id, data: { a: 1 } }])
    expect(await collect(probed.readMessages('t', id, READ))).toEqual([])
  })

  it('tells of an empty read and of a batch, in order', async () => {
    const { probed, names, seen } = observed(new InMemoryStreamRepository())
    await collect(probed.readMessages('t', '0-0', READ))
    expect(names()).toEqual(['read-called', 'read-sent', 'read-returned', 'read-ended'])
    expect(seen[2]).toEqual({ gate: 'read-returned', read: 1, outcome: 'empty' })
    await probed.sendData('t', 1)
    await probed.sendData('t', 2)
    await collect(probed.readMessages('t', '0-0', READ))
    expect(names().slice(4)).toEqual(['read-called', 'read-sent', 'read-returned', 'read-entry', 'read-entry', 'read-ended'])
  })

  it('hands a throwing read on as it is, and tells of it', async () => {
    const failing = Object.assign(new InMemoryStreamRepository(), {
      readMessages: () => {
        throw new Error('boom')
      },
    })
    const { probed, seen } = observed(failing)
    await expect(collect(probed.readMessages('t', '0-0', READ))).rejects.toThrow('boom')
    expect(seen).toContainEqual(expect.objectContaining({ gate: 'read-returned', outcome: 'error' }))
  })

  it('says what is wrong with a read that is no async iterable', async () => {
    const wrong = Object.assign(new InMemoryStreamRepository(), { readMessages: async () => [] })
    const { probed } = observed(wrong as unknown as InMemoryStreamRepository)
    await expect(collect(probed.readMessages('t', '0-0', READ))).rejects.toThrow('it returned a promise')
  })

  it('answers in turn whoever asks before the last answer is in, as a generator does', async () => {
    const model = new InMemoryStreamRepository()
    for (const value of [1, 2, 3]) await model.sendData('t', value)
    const { probed, names } = observed(model)
    const iterator = probed.readMessages('t', '0-0', READ)[Symbol.asyncIterator]()
    const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()))
    expect(results.map(({ done, value }) => (done ? 'done' : (value as { data: unknown }).data))).toEqual([1, 2, 3, 'done', 'done'])
    expect(names()).toEqual(['read-called', 'read-sent', 'read-returned', 'read-entry', 'read-entry', 'read-entry', 'read-ended'])
  })

  it('rejects where the repository throws in the place of a promise', async () => {
    let asked = 0
    const next = () => {
      if (asked++ > 0) throw new Error('at once')
      return Promise.resolve({ done: false, value: { id: '1-0', data: 1 } })
    }
    const throwing = Object.assign(new InMemoryStreamRepository(), { readMessages: () => ({ [Symbol.asyncIterator]: () => ({ next }) }) })
    const { probed, seen } = observed(throwing as unknown as InMemoryStreamRepository)
    const iterator = probed.readMessages('t', '0-0', READ)[Symbol.asyncIterator]()
    await iterator.next()
    await expect(iterator.next()).rejects.toThrow('at once')
    expect(seen.at(-1)).toMatchObject({ note: 'read-ended', how: 'error' })
  })

  it('passes on that the consumer left early', async () => {
    let left = false
    const leaving = Object.assign(new InMemoryStreamRepository(), {
      readMessages: async function* () {
        try {
          yield { id: '1-0', data: 1 }
          yield { id: '2-0', data: 2 }
        } finally {
          left = true
        }
      },
    })
    const { probed, seen } = observed(leaving)
    for await (const entry of probed.readMessages('t', '0-0', READ)) {
      expect(entry.id).toBe('1-0')
      break
    }
    expect(left).toBe(true)
    expect(seen.at(-1)).toEqual({ note: 'read-ended', read: 1, how: 'left' })
  })
})
