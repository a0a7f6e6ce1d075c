/** A repository that nobody can look into: what is judged of it, what is not, and which correct ones must not be accused. */
import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../scenarios/index.js'
import { systemClock } from '../../../src/clock/clock.js'
import type { StreamEntry, StreamRepository } from '../../../src/contract/stream-repository.js'
import { ownStore } from '../../../src/dialects/own/own-store.js'
import { changing, readAll, reading, tailing } from '../../../src/kit/mutants/decorate.js'
import { InMemoryStreamRepository } from '../../../src/model/in-memory-repository.js'
import type { MemoryStream } from '../../../src/model/memory-stream.js'
import { describeResult } from './results.js'
import { runTarget } from '../../../src/run/run-target.js'
import { repositoryTarget } from '../../../src/run/target.js'
import type { SubjectDefinition } from '../../../src/subject/subject.js'

const inRealTime = (stream: MemoryStream) => new InMemoryStreamRepository({ stream, clock: systemClock })

interface Tried extends Partial<SubjectDefinition> {
  /** What stands between the consumer and a correct repository. */
  readonly as?: (correct: StreamRepository) => StreamRepository
  readonly only?: readonly string[]
}

/** The suite on a repository over arrays that its two instances share. */
async function tried({ as = (correct) => correct, only, ...definition }: Tried = {}) {
  const subject: SubjectDefinition = { name: 'own', store: 'own', open: ({ memory }) => as(inRealTime(memory)), ...definition }
  const store = ownStore()
  const chosen = only === undefined ? scenarios : scenarios.filter(({ name }) => only.includes(name))
  return runTarget(repositoryTarget(subject, store), { scenarios: chosen, bursts: 0, seed: 1, watchdogMs: 3000 })
}

const IN_SHORT = ['empty-gap', 'batch-gap', 'append-while-blocked', 'longer-than-count', 'appends-together']

describe('a correct repository', () => {
  it('passes every scenario that four methods can follow, and the others are skipped with the reason', async () => {
    const result = await tried()
    expect(describeResult(result)).toEqual([])
    expect(result.scenarios.length).toBeGreaterThan(25)
    const reasons = new Map(result.skipped.map(({ name, reason }) => [name, reason]))
    expect(reasons.get('nine-to-ten')).toBe('its store gives ids of its own')
    expect(reasons.get('written-by-another')).toBe('a repository appends through itself alone')
    expect(reasons.get('tail-deleted')).toBe('a repository has no method that removes single entries')
    expect(reasons.get('undecodable-entries')).toBe('a repository writes nothing that does not decode')
    expect(reasons.get('cut-while-blocked')).toBe('a repository does not say which connection its read waits on')
  }, 60_000)

  it('is told once what cannot be known of it', async () => {
    const result = await tried({ only: IN_SHORT })
    expect(result.limits).toHaveLength(3)
    expect(result.scenarios.flatMap(({ notes }) => notes)).toEqual([])
  }, 60_000)

  const slowly = async <T>(call: () => Promise<T>): Promise<T> => {
    await systemClock.sleep(20)
    return call()
  }

  const styles: Readonly<Record<string, (correct: StreamRepository) => StreamRepository>> = {
    'answers after 20 ms': (correct) => ({
      sendData: (topic, data) => slowly(() => correct.sendData(topic, data)),
      getStreamTailId: (topic) => slowly(() => correct.getStreamTailId(topic)),
      cleanupStream: (topic) => correct.cleanupStream(topic),
      readMessages: async function* (topic, lastId, options) {
        yield* await slowly(() => readAll(correct, topic, lastId, options))
      },
    }),
    'is never woken, and looks once more when its time is up': (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
        if (atOnce.length === 0) await systemClock.sleep(options.timeoutMs, options.signal)
        yield* atOnce.length > 0 ? atOnce : await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
      }),
    'is never woken, and leaves what came meanwhile to the next read': (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const atOnce = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
        if (atOnce.length === 0) await systemClock.sleep(options.timeoutMs, options.signal)
        yield* atOnce
      }),
    'waits in whole seconds, rounded down': (correct) =>
      reading(correct, (topic, lastId, options) =>
        read(correct, topic, lastId, { ...options, timeoutMs: options.timeoutMs - (options.timeoutMs % 1000) }),
      ),
    polls: (correct) =>
      reading(correct, async function* (topic, lastId, options) {
        const until = systemClock.now() + options.timeoutMs
        for (;;) {
          const entries = await readAll(correct, topic, lastId, { ...options, timeoutMs: 0 })
          if (entries.length > 0) return yield* entries
          if (options.signal?.aborted || systemClock.now() >= until) return
          await systemClock.sleep(3)
        }
      }),
  }

  it.each(Object.entries(styles))(
    'that %s is not accused',
    async (_, as) => {
      expect(describeResult(await tried({ as, only: IN_SHORT }))).toEqual([])
    },
    60_000,
  )

  it('may give ids no order that is said', async () => {
    const result = await tried({ only: IN_SHORT })
    expect(result.scenarios.map(({ verdict }) => verdict.result)).toEqual(IN_SHORT.map(() => 'valid'))
  }, 60_000)

  it.each(['snapshot-cursor', 'system'])(
    'whose consumer has time-outs of its own (%s) is not accused',
    async () => {
      const result = await tried({
        only: IN_SHORT,
        consume: async function* ({ repository, topic, signal }) {
          let cursor = await repository.getStreamTailId(topic)
          while (!signal.aborted) {
            for await (const entry of repository.readMessages(topic, cursor, { timeoutMs: 30_000, count: 3, signal })) {
              yield entry
              cursor = entry.id
            }
          }
        },
      })
      expect(describeResult(result)).toEqual([])
    },
    60_000,
  )
})

/** `yield*` over a read keeps it lazy. */
async function* read(
  ...[correct, ...args]: [StreamRepository, ...Parameters<StreamRepository['readMessages']>]
): AsyncGenerator<StreamEntry, void, undefined> {
  yield* correct.readMessages(...args)
}

describe('what is wrong is found', () => {
  const codes = async (definition: Tried) => {
    const result = await tried(definition)
    expect(result.error).toBeUndefined()
    return { result, anomalies: result.scenarios.flatMap(({ verdict }) => verdict.anomalies) }
  }

  it('a read that skips makes a lost append, and both are named', async () => {
    const skips = (correct: StreamRepository) =>
      changing(correct, (batch) => batch.filter(({ data }) => !JSON.stringify(data).includes('s2@')))
    const { anomalies } = await codes({ as: skips, only: ['longer-than-count'] })
    const lost = anomalies.find(({ code }) => code === 'lost-append')!
    expect(lost).toMatchObject({ value: 's2', rule: '1.1' })
    expect(lost.evidence).toContain('the append was lost, that read skips it, or the tail of an empty topic is nothing to read from')
  }, 60_000)

  it('what a read gave and a read from the beginning does not give is in the log all the same', async () => {
    const skips = (correct: StreamRepository) => changing(correct, (batch, { count }) => (count === 1000 ? batch.slice(1) : batch))
    const { anomalies } = await codes({ as: skips, only: ['longer-than-count'] })
    const lost = anomalies.find(({ code }) => code === 'lost-append')!
    expect(lost).toMatchObject({ value: 'fence', rule: '3.10' })
    expect(lost.evidence).toMatch(/read #\d+ gave it, but a read from the beginning does not/)
  }, 60_000)

  it('a read that is empty at once spins its loop', async () => {
    const never = (correct: StreamRepository) =>
      reading(correct, (topic, lastId, options) => read(correct, topic, lastId, { ...options, timeoutMs: 0 }))
    const { anomalies } = await codes({ as: never, only: ['empty-gap'] })
    expect(anomalies.map(({ code }) => code)).toContain('early-empty')
  }, 60_000)

  it('a tail that nothing has is a phantom, whether ids can be compared or not', async () => {
    const phantom = (correct: StreamRepository) =>
      tailing(correct, async (topic) => {
        const tail = await correct.getStreamTailId(topic)
        return tail === '0-0' ? tail : `${tail}9`
      })
    const { anomalies } = await codes({ as: phantom, only: ['tail-fails'] })
    expect(anomalies.map(({ code }) => code)).toContain('phantom-tail')
  }, 60_000)

  it('a consumer that asks for the tail again loses what came in between', async () => {
    const { anomalies } = await codes({
      only: ['empty-gap'],
      consume: async function* ({ repository, topic, signal, read: options }) {
        let cursor = await repository.getStreamTailId(topic)
        while (!signal.aborted) {
          let entries = 0
          for await (const entry of repository.readMessages(topic, cursor, { ...options, signal })) {
            entries++
            yield entry
            cursor = entry.id
          }
          if (entries === 0) cursor = await repository.getStreamTailId(topic)
        }
      },
    })
    expect(anomalies[0]).toMatchObject({ code: 'unseen', window: 'empty-gap' })
  }, 60_000)
})

describe('a set-up that shows nothing is unknown', () => {
  const ERRORS: Readonly<Record<string, readonly [Partial<SubjectDefinition>, RegExp]>> = {
    'entries in the instance': [
      { open: () => new InMemoryStreamRepository({ clock: systemClock }) },
      /two repositories from open\(\) do not see the same entries/,
    ],
    'appends that fail': [
      {
        open: () =>
          Object.assign(new InMemoryStreamRepository({ clock: systemClock }), { sendData: () => Promise.reject(new Error('disk full')) }),
      },
      /the first append through the repository failed, so nothing can be judged: disk full/,
    ],
    'a tail that fails': [
      {
        open: () =>
          Object.assign(new InMemoryStreamRepository({ clock: systemClock }), {
            getStreamTailId: () => Promise.reject(new Error('no such topic')),
          }),
      },
      /the tail of an empty topic could not be asked for, so there is nothing to read from: no such topic/,
    ],
    'a store that is opened once': [{ open: once() }, /a second repository is needed beside the first.*locked/],
  }

  function once(): SubjectDefinition['open'] {
    let opened = false
    return ({ memory }) => {
      if (opened) throw new Error('locked')
      opened = true
      return inRealTime(memory)
    }
  }

  it.each(Object.entries(ERRORS))(
    '%s',
    async (_, [definition, error]) => {
      const result = await tried({ ...definition, only: IN_SHORT })
      expect(result.error).toMatch(error)
      expect(result.scenarios).toEqual([])
    },
    60_000,
  )
})
