/** What never settles is unknown, by its name: it says nothing of the stream, and what else was judged is kept. */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { snapshotCursor } from '../../src/consumers/loops.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { resultOf, type SubjectResult } from '../../src/report/result.js'
import { runSuite } from '../../src/run/run-suite.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce, suiteFor } from '../../src/testing/index.js'
import { schedule } from '../../src/schedule/schedule.js'
import { brokenModel, literal, onModel, openModel, snapshot } from '../support/subjects.js'

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const never = <T = never>(): Promise<T> => new Promise(() => undefined)
const few = scenarios.filter(({ name }) => ['empty-gap', 'read-fails'].includes(name))
const WATCHDOG_MS = 150

const runAll = (subjects: readonly SubjectDefinition[], these = few) =>
  runSuite(subjects, { scenarios: these, bursts: 0, seed: 1, watchdogMs: WATCHDOG_MS, openStore: async () => memoryStore() })
const run = async (subject: SubjectDefinition, these = few): Promise<SubjectResult> => (await runAll([subject], these)).subjects[0]!
const reasons = ({ scenarios: cases }: SubjectResult) => cases.flatMap(({ verdict }) => verdict.reasons).join('\n')
const codes = ({ scenarios: cases }: SubjectResult) =>
  cases.flatMap(({ verdict }) => verdict.anomalies.map(({ code, rule }) => `${code} ${rule}`))

/** The model, whose `close` behaves as told. */
const closing = (close: () => Promise<void>, overrides: Partial<SubjectDefinition> = {}) =>
  onModel({ open: (context) => Object.assign(openModel(context), { close }), ...(overrides as object) })

it('what earlier sessions have used up is named, where a repository that is opened afresh does not hang', async () => {
  const result = await run(
    brokenModel((model) => {
      let free = 2
      return {
        readMessages: async function* (topic, id, options) {
          if (free-- <= 0) await never()
          yield* model.readMessages(topic, id, options)
          // Who leaves early gives nothing back.
          free++
        },
      }
    }),
    scenarios.filter(({ name }) => ['append-while-blocked', 'woken-late', 'before-first-read', 'empty-gap'].includes(name)),
  )
  expect(reasons(result)).toContain(
    'it hung, and on a repository that was opened afresh it did not: earlier sessions have used up something',
  )
})

describe('open and close', () => {
  it('an open that never settles is named, and the other subjects are judged', async () => {
    const { subjects } = await runAll([
      snapshot({ name: 'first' }),
      onModel({ name: 'hangs', open: () => never() }),
      snapshot({ name: 'last' }),
    ])
    expect(subjects.map(resultOf)).toEqual(['valid', 'unknown', 'valid'])
    expect(subjects[1]!.error).toBe('open() failed: it had not settled after 2 s (watchdogMs gives it longer)')
  })

  it('one that hangs only the second time leaves what was judged until then', async () => {
    let opened = 0
    const result = await run(onModel({ open: (context) => (opened++ < 2 ? openModel(context) : never()) }), [
      ...few,
      ...scenarios.filter(({ name }) => name === 'aborted-while-blocked'),
    ])
    expect(resultOf(result)).toBe('valid')
    opened = 0
    const again = await run(literal({ open: (context) => (opened++ < 2 ? openModel(context) : never()) }), few.toReversed())
    expect(again.error).toContain('open() failed: it had not settled')
    expect(resultOf(again)).not.toBe('valid')
  })

  it('a close that never settles is named, and no leak', async () => {
    const result = await run(closing(never))
    expect(result.error).toBe('close() failed: it had not settled after 2 s (watchdogMs gives it longer)')
    expect(codes(result)).toEqual([])
    expect(resultOf(result)).toBe('unknown')
  })

  it('one that settles only as long as nothing has failed keeps the scenarios before', async () => {
    let failed = false
    const result = await run(
      brokenModel((model) => ({
        readMessages: async function* (topic, id, options) {
          try {
            yield* model.readMessages(topic, id, options)
          } catch (error) {
            failed = true
            throw error
          }
        },
        close: async () => (failed ? never() : undefined),
      })),
      scenarios.filter(({ name }) => ['empty-gap', 'cut-while-blocked'].includes(name)),
    )
    expect(result.scenarios.map(({ name, verdict }) => [name, verdict.result])).toContainEqual(['empty-gap', 'valid'])
    expect(result.error).toContain('close() failed: it had not settled')
  })

  it('a close that fails is a leak as ever', async () => {
    const result = await run(closing(() => Promise.reject(new Error('no'))))
    expect(codes(result)).toEqual(['leak 3.12'])
  })

  it('in tests of one’s own they reject', async () => {
    const options = { watchdogMs: WATCHDOG_MS }
    await expect(reproduce(onModel({ open: () => never() }), schedule([]), options)).rejects.toThrow('open() failed: it had not settled')
    await expect(reproduce(closing(never), schedule([]), options)).rejects.toThrow('close() failed: it had not settled')
    const suite = await suiteFor(onModel({ open: () => never() }), { ...options, bursts: 0 })
    await expect(suite.tests[0]!.run()).rejects.toThrow('open() failed: it had not settled')
    await expect(suite.tests[1]!.run()).rejects.toThrow('not run: the subject failed before it')
    await suite.close()
  }, 30_000)
})

describe('calls of the repository', () => {
  it.each([
    ['all of them', { getStreamTailId: never, sendData: never, cleanupStream: never }, 'getStreamTailId() had not settled after 0.15 s'],
    ['the tail', { getStreamTailId: never }, 'getStreamTailId() had not settled after 0.15 s'],
    ['the append', { sendData: never }, 'expected append fence to return, but sendData() had not settled after 0.15 s'],
  ] as const)('%s', async (_, broken, says) => {
    const result = await run(brokenModel(() => broken))
    expect(codes(result)).toEqual([])
    expect(reasons(result)).toContain(says)
    expect(resultOf(result)).toBe('unknown')
  })

  it('an append that hangs only later', async () => {
    let appends = 0
    const result = await run(brokenModel((model) => ({ sendData: (...args) => (++appends % 4 === 0 ? never() : model.sendData(...args)) })))
    expect(codes(result)).toEqual([])
    expect(reasons(result)).toContain('sendData() had not settled')
  })

  it('a first read, where nothing has come back before', async () => {
    const read = { readMessages: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) }
    const beginning = async function* ({ repository, topic, read: options, signal }: ConsumeContext) {
      for await (const entry of repository.readMessages(topic, '0-0', { ...options, signal })) yield entry
    }
    const result = await run({ ...brokenModel(() => read), consume: beginning, startsAt: 'beginning' })
    expect(codes(result)).toEqual([])
    expect(reasons(result)).toContain('readMessages() had not settled after 0.15 s (watchdogMs gives it longer), and no other call')
  })

  it('what a consumer calls beside reading', async () => {
    const calls = (call: (context: ConsumeContext) => Promise<unknown>) =>
      ({
        ...brokenModel(() => ({ cleanupStream: never })),
        async *consume(context: ConsumeContext) {
          await call(context)
          yield* snapshotCursor(context)
        },
      }) as SubjectDefinition
    const cleaned = await run(calls(({ repository, topic }) => repository.cleanupStream(topic)))
    expect(codes(cleaned)).toEqual([])
    expect(reasons(cleaned)).toContain('its cleanupStream() has not settled')
    const acknowledged = await run(calls(({ gates }) => gates!.command('XACK', never)))
    expect(codes(acknowledged)).toEqual([])
    expect(reasons(acknowledged)).toContain('XACK had not settled')
  })

  it('a read that does not come back is a fault of it, where others do', async () => {
    const hangs = brokenModel(() => ({ readMessages: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }) }))
    expect(codes(await run(hangs))).toEqual(['stalled 5.3'])
  })

  it('an append that comes back once no read waits any more was held up by it', async () => {
    const shared = brokenModel((model) => {
      let last: Promise<unknown> = Promise.resolve()
      const inTurn = <T>(call: () => Promise<T>): Promise<T> => {
        const turn = last.then(call)
        last = turn.catch(() => undefined)
        return turn
      }
      return {
        sendData: (...args) => inTurn(() => model.sendData(...args)),
        readMessages: async function* (...args) {
          yield* await inTurn(() => allOf(model.readMessages(...args)))
        },
      }
    })
    const result = await run(shared)
    expect(codes(result)).toEqual(['stalled 1.8'])
    expect(result.scenarios[0]!.verdict.anomalies[0]!.evidence).toContain('held up by a read that is blocked')
  })
})

describe('a consumer that awaits something for ever', () => {
  const awaiting = (consume: (context: ConsumeContext) => AsyncGenerator<never>) => snapshot({ consume: consume as never })
  it.each([
    ['before anything', async function* () {}, 'it never called the repository that it was given'],
    [
      'behind its tail',
      async function* ({ repository, topic }: ConsumeContext) {
        await repository.getStreamTailId(topic)
      },
      'it waits for something that is no call to the repository it was given',
    ],
    [
      'behind its first read',
      async function* ({ repository, topic, read }: ConsumeContext) {
        const last = await repository.getStreamTailId(topic)
        for await (const _ of repository.readMessages(topic, last, read)) break
      },
      'it waits for something that is no call to the repository it was given',
    ],
  ] as const)('%s', async (_, before, says) => {
    const result = await run(
      awaiting(async function* (context) {
        yield* before(context)
        await never()
      }),
    )
    expect(codes(result)).toEqual([])
    expect(reasons(result)).toContain(says)
    expect(resultOf(result)).toBe('unknown')
  })
})
