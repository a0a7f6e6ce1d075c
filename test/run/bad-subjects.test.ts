import { describe, expect, it } from 'vitest'
import emptyGap from '../../scenarios/empty-gap.js'
import appendWhileBlocked from '../../scenarios/append-while-blocked.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { resultOf, type SubjectResult } from '../../src/report/result.js'
import type { Scenario } from '../../src/schedule/scenario.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { snapshotCursor } from '../../src/consumers/loops.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import { brokenModel, onModel, openModel, snapshot } from '../support/subjects.js'

const run = (subject: SubjectDefinition, scenarios: readonly Scenario[] = [emptyGap]): Promise<SubjectResult> =>
  runTarget(repositoryTarget(subject, memoryStore()), { scenarios, bursts: 0, seed: 1, watchdogMs: 200 })

const anomalies = (result: SubjectResult) => result.scenarios.flatMap(({ verdict }) => verdict.anomalies)

/** The schedules' own time-out is added to the watchdog: 2 s. */
const SLOW = 30_000

describe('a subject that misbehaves gives one clear message', () => {
  it('open throws', async () => {
    const result = await run(
      onModel({
        open: () => {
          throw new Error('no such host')
        },
      }),
    )
    expect(result.error).toBe('open() failed: no such host')
    expect(resultOf(result)).toBe('unknown')
  })

  it('open gives something else than a repository', async () => {
    const opened = async (given: unknown) => run(onModel({ open: () => given as StreamRepository }))
    const { error, scenarios } = await opened({ getStreamTailId: async () => '0-0' })
    expect(error).toBe('open() has to give a repository: what it gave has no sendData, no readMessages')
    expect(scenarios).toEqual([])
    expect((await opened(undefined)).error).toBe('open() has to give a repository: it gave undefined')
  })

  it('every append is rejected', async () => {
    const result = await run(
      brokenModel(() => ({
        sendData: async () => {
          throw new Error('disk full')
        },
      })),
    )
    expect(result.scenarios[0]?.verdict).toMatchObject({
      result: 'unknown',
      reasons: ['nothing was owed: no append was acknowledged (disk full)'],
    })
  })

  it('the tail always fails', async () => {
    const result = await run(
      brokenModel(() => ({
        getStreamTailId: async () => {
          throw new Error('no tail')
        },
      })),
    )
    expect(resultOf(result)).toBe('unknown')
    expect(JSON.stringify(result.scenarios)).toContain('no tail')
  })

  it(
    'a read hangs',
    async () => {
      const result = await run(
        brokenModel(() => ({
          readMessages: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) }),
        })),
      )
      expect(anomalies(result)).toMatchObject([{ code: 'stalled', evidence: 'the consumer never came to another gate after read-called' }])
    },
    SLOW,
  )

  it(
    'an append hangs behind a blocked read on one connection',
    async () => {
      const shared = brokenModel((model) => {
        let last: Promise<unknown> = Promise.resolve()
        const inTurn = <T>(fn: () => Promise<T>): Promise<T> => {
          const turn = last.then(fn)
          last = turn.catch(() => undefined)
          return turn
        }
        return {
          sendData: (topic, data) => inTurn(() => model.sendData(topic, data)),
          readMessages: async function* (topic, id, options) {
            const entries = await inTurn(async () => {
              const all = []
              for await (const entry of model.readMessages(topic, id, options)) all.push(entry)
              return all
            })
            yield* entries
          },
        }
      })
      const result = await run(shared, [appendWhileBlocked])
      expect(anomalies(result)[0]).toMatchObject({ code: 'stalled' })
    },
    SLOW,
  )

  it('ids are invented', async () => {
    let n = 0
    const result = await run(
      brokenModel((model) => ({
        sendData: async (topic, data) => {
          await model.sendData(topic, data)
          return `${++n + 500}-0`
        },
      })),
    )
    expect(resultOf(result)).toBe('invalid')
    expect(anomalies(result)[0]?.code).toBe('inconsistent-offsets')
  })

  it('the tail is "$"', async () => {
    const result = await run(brokenModel(() => ({ getStreamTailId: async () => '$' })))
    expect(anomalies(result)).toContainEqual(expect.objectContaining({ code: 'phantom-tail', rule: '2.1' }))
  })

  it(
    'readMessages never ends: it has no read cycles to hold',
    async () => {
      const endless = brokenModel((model) => ({
        readMessages: async function* (topic, id, options) {
          for (let cursor = id; !options.signal?.aborted; ) {
            for await (const entry of model.readMessages(topic, cursor, options)) {
              yield entry
              cursor = entry.id
            }
          }
        },
      }))
      const result = await run(endless)
      expect(anomalies(result)[0]).toMatchObject({ code: 'stalled', evidence: expect.stringContaining('wire probe') })
    },
    SLOW,
  )

  it('the consumer ends at once', async () => {
    const result = await run(onModel({ consume: async function* () {} }))
    expect(resultOf(result)).toBe('unknown')
    expect(result.scenarios[0]?.verdict.reasons).toEqual(['nothing was owed: the consumer had ended before'])
  })

  it('the consumer hands out frames for ever without a gate', async () => {
    const result = await run(
      onModel({
        consume: async function* () {
          for (;;) yield undefined as never
        },
        entryOf: () => undefined,
      }),
    )
    expect(JSON.stringify(result)).toContain('frames without coming to a gate')
  })

  it('entryOf sees nothing in the frames', async () => {
    const result = await run(snapshot({ entryOf: () => undefined }))
    expect(result.scenarios[0]?.verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('is entryOf right?')] })
  })

  it('the same schedule gives two histories', async () => {
    let opened = 0
    const moody = onModel({
      open: (context) =>
        Object.assign(
          openModel(context),
          opened++ === 0
            ? {}
            : {
                getStreamTailId: async () => {
                  throw new Error('moody')
                },
              },
        ),
    })
    const result = await run(moody)
    expect(resultOf(result)).toBe('unknown')
    expect(result.scenarios[0]?.verdict.reasons[0]).toContain('two histories')
  })

  it('is none of them: pauses of another length each time', async () => {
    let pauses = 0
    const jittering = ({ clock, ...context }: ConsumeContext) =>
      snapshotCursor({ ...context, clock: { ...clock, sleep: (ms, signal) => clock.sleep(ms + ++pauses, signal) } })
    expect(resultOf(await run(snapshot({ consume: jittering })))).toBe('valid')
  })

  it('the consumer throws the injected fault: neither a loss nor a pass', async () => {
    const { default: failsInMidBatch } = await import('../../scenarios/fails-in-mid-batch.js')
    const fragile = onModel({
      entryOf: (frame) => frame as never,
      consume: async function* ({ repository, topic, read, signal }) {
        let cursor = await repository.getStreamTailId(topic)
        while (!signal.aborted) {
          for await (const entry of repository.readMessages(topic, cursor, { ...read, signal })) {
            yield entry as never
            cursor = entry.id
          }
        }
      },
    })
    const result = await run(fragile, [failsInMidBatch])
    expect(result.scenarios[0]?.verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('capabilities.retries')] })
  })
})
