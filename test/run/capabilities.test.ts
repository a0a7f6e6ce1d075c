import { describe, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import type { SubjectResult } from '../../src/report/result.js'
import { resultOf } from '../../src/report/result.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { Capabilities } from '../../src/contract/capabilities.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { runTarget } from '../../src/run/run-target.js'
import { repositoryTarget } from '../../src/run/target.js'
import { signalling } from '../scenarios/signalling.js'
import { brokenModel, onModel, openModel, snapshot } from '../support/subjects.js'

const run = (subject: SubjectDefinition): Promise<SubjectResult> =>
  runTarget(repositoryTarget(subject, memoryStore()), { scenarios, bursts: 0, seed: 1, watchdogMs: 200 })

const outcomes = ({ capabilities = [] }: SubjectResult) =>
  Object.fromEntries(capabilities.map(({ name, declared, outcome }) => [name, declared ? `declared, ${outcome}` : outcome]))

const failed = (result: SubjectResult) =>
  result.scenarios.flatMap(({ name, verdict }) => (verdict.result === 'valid' ? [] : [[name, verdict.result, verdict.anomalies[0]?.code]]))

/** As XINFO STREAM tells it: the last id ever given, whatever became of the entry. */
const withLastGenerated = (overrides: Partial<SubjectDefinition> = {}) =>
  onModel({
    open: (context) => {
      const model = openModel(context)
      return Object.assign(model, {
        getStreamTailId: async (topic: string) => context.memory.lastGenerated(topic),
      } satisfies Partial<StreamRepository>)
    },
    ...overrides,
  } as Partial<SubjectDefinition<never>>)

describe('capabilities', () => {
  it('are tried where they are not declared, and never change the result', async () => {
    const result = await run(onModel())
    expect(outcomes(result)).toEqual({
      tailSurvivesTrim: 'unsupported, confirmed',
      resumes: 'supported',
      signalsTruncation: 'unsupported, confirmed',
      signalsRecreation: 'unsupported, confirmed',
    })
    expect(failed(result)).toEqual([])
    expect(resultOf(result)).toBe('valid')
    const skipped = result.skipped.filter(({ name }) => !name.startsWith('others-')).map(({ name }) => name)
    expect(skipped).toEqual(['trimmed-in-mid-stream', 'recreated-with-lower-ids', 'recreated-while-away', 'recreated-after-return'])
  })

  it('are unverified where nobody could see them', async () => {
    expect(outcomes(await run(snapshot()))).toMatchObject({ signalsTruncation: 'unverified', signalsRecreation: 'unverified' })
  })

  it('are supported by a subject that has them, and judged where it says so', async () => {
    const result = await run(onModel(signalling as Partial<SubjectDefinition<never>>))
    expect(failed(result)).toEqual([])
    expect(outcomes(result)).toMatchObject({
      resumes: 'declared, supported',
      signalsTruncation: 'declared, supported',
      signalsRecreation: 'declared, supported',
    })
    const tail = await run(withLastGenerated({ capabilities: { tailSurvivesTrim: true } }))
    expect(failed(tail)).toEqual([])
    expect(outcomes(tail)).toMatchObject({ tailSurvivesTrim: 'declared, supported' })
  })

  it.each([
    ['tailSurvivesTrim', 'tail-deleted', 'stale-tail', '2.5'],
    ['signalsTruncation', 'trimmed-in-mid-stream', 'truncated-skip', '6.1'],
    ['signalsRecreation', 'recreated-with-lower-ids', 'entry-skip', '6.2'],
  ] as const)('%s, declared and not there, fails %s', async (name, scenario, code, rule) => {
    const result = await run(onModel({ capabilities: { [name]: true } satisfies Capabilities }))
    const found = result.scenarios.find((each) => each.name === scenario)
    expect(found?.verdict.anomalies).toContainEqual(expect.objectContaining({ code, rule }))
    expect(outcomes(result)).toMatchObject({ [name]: 'declared, unsupported, confirmed' })
  })

  it('resumes, declared and not there, fails the scenarios that resume', async () => {
    const forgetful = snapshot({
      capabilities: { resumes: true },
      consume: (context) => {
        const { from, ...rest } = context
        return snapshot().consume!(from === undefined ? context : rest)
      },
    })
    const result = await run(forgetful)
    expect(failed(result)).toContainEqual(['resumed', 'invalid', 'entry-skip'])
    expect(failed(result)).toContainEqual(['aborted-while-blocked', 'invalid', 'unseen'])
    expect(outcomes(result)).toMatchObject({ resumes: 'declared, unsupported, confirmed' })
  })

  it('says nothing of what it had no scenario for', async () => {
    const result = await runTarget(repositoryTarget(onModel(), memoryStore()), { scenarios: scenarios.slice(0, 1), bursts: 0, seed: 1 })
    expect(result.capabilities).toBeUndefined()
  })
})

describe('what the new scenarios find', () => {
  const found = async (subject: SubjectDefinition, scenario: string) =>
    (await run(subject)).scenarios.find(({ name }) => name === scenario)?.verdict.anomalies[0]

  it('a consumer that takes a topic that is gone for its end', async () => {
    const credulous = snapshot({
      consume: async function* ({ repository, topic, signal, read, clock }) {
        let cursor = await repository.getStreamTailId(topic)
        yield { type: 'connected', cursor }
        while (!signal.aborted) {
          let empty = true
          for await (const { id, data } of repository.readMessages(topic, cursor, { ...read, signal })) {
            empty = false
            yield { type: 'entry', id, data }
            cursor = id
          }
          // There was a topic, and there is none: it must be over.
          if (empty && cursor !== '0-0' && (await repository.getStreamTailId(topic)) === '0-0') return
          if (empty) await clock.sleep(100, signal)
        }
      },
    })
    expect(await found(credulous, 'dropped-in-mid-stream')).toMatchObject({ code: 'premature-end', rule: '5.1' })
  })

  it('a read that waits on a connection that is gone', async () => {
    const frozen = brokenModel((model) => ({
      readMessages: async function* (topic, id, options) {
        try {
          yield* model.readMessages(topic, id, options)
        } catch (error) {
          if (!String(error).includes('connection was lost')) throw error
          await new Promise(() => undefined)
        }
      },
    }))
    expect(await found(frozen, 'cut-and-silent')).toMatchObject({ code: 'stalled' })
  }, 60_000)

  it('a cursor that is added to', async () => {
    const arithmetic = brokenModel((model) => ({
      readMessages: (topic, id, options) => {
        const [ms, seq] = id.split('-')
        return model.readMessages(topic, `${ms}-${Number(seq) + (id === '0-0' ? 0 : 1)}`, options)
      },
    }))
    expect(await found(arithmetic, 'sequence-counts-on')).toMatchObject({
      code: expect.stringMatching(/stale-read|int-poll-skip|entry-skip|poll-skip|unseen/),
    })
  })
})
