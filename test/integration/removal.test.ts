/** A consumer that removes its topic: right once everybody has drained it, and a loss before that. */
import { expect, it } from 'vitest'
import { abort, advanceTo, append, finish, restart } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext } from '../../src/subject/subject.js'
import { loopWith, own } from '../support/own-loops.js'
import { describeOnBoth, told } from './both.js'

const capabilities = { resumes: true, endsOnStatus: true, removesTopic: true }

/** Ends at the tail that it saw after the status said done. `clean` is called then, or as soon as the status says so. */
function ending(clean: (context: ConsumeContext, when: 'done' | 'drained') => unknown) {
  return async function* (context: ConsumeContext) {
    let end: string | undefined
    let last: string | undefined
    const consume = loopWith({
      before: async ({ repository, topic, status }, at) => {
        if (end === undefined && (await status()) === 'done') {
          end = await repository.getStreamTailId(topic)
          await clean(context, 'done')
        }
        if (end === undefined || (end !== at && last !== 'empty')) return undefined
        await clean(context, 'drained')
        return 'end'
      },
      quiet: () => {
        last = end === undefined ? undefined : 'empty'
        return []
      },
    })
    yield* consume(context)
  }
}

const cleanUp = ({ repository, topic }: ConsumeContext) => repository.cleanupStream(topic)

/** How many sessions of each topic are under way. */
function counting(consume: (context: ConsumeContext, isLast: () => boolean) => AsyncGenerator<{ type: string }, void, undefined>) {
  const sessions = new Map<string, number>()
  return async function* (context: ConsumeContext) {
    const { topic } = context
    const count = (by: number) => sessions.set(topic, (sessions.get(topic) ?? 0) + by)
    count(1)
    try {
      yield* consume(context, () => sessions.get(topic) === 1)
    } finally {
      count(-1)
    }
  }
}

const nothing = own('removes nothing', { capabilities, consume: ending(() => undefined) })
const lastOne = own('the last one removes it', {
  capabilities,
  consume: counting((context, isLast) => ending((its, when) => (when === 'drained' && isLast() ? cleanUp(its) : undefined))(context)),
})
const onlyOne = own('the only one removes it', {
  capabilities: { resumes: true, endsOnStatus: true },
  consume: ending((context, when) => (when === 'drained' ? cleanUp(context) : undefined)),
})
const scratch = own('removes a topic of its own', {
  capabilities,
  consume: ending(({ repository, topic }) => repository.cleanupStream(`${topic}:scratch`)),
})
const firstDrained = own('the first one to have drained it removes it', {
  capabilities,
  consume: ending((context, when) => (when === 'drained' ? cleanUp(context) : undefined)),
})
const whenDone = own('removes it before it has drained it', {
  capabilities,
  consume: ending((context, when) => (when === 'done' ? cleanUp(context) : undefined)),
})
const whenLeft = own('removes it when its client goes away', {
  capabilities,
  consume: async function* (context) {
    const { repository, topic, signal } = context
    try {
      yield* loopWith()(context)
    } finally {
      if (signal.aborted) await repository.cleanupStream(topic)
    }
  },
})

await describeOnBoth('a consumer that removes its topic', (on) => {
  it.each([nothing, lastOne, onlyOne, scratch].map((make) => [make('memory').name, make] as const))('is right: %s', async (_, make) => {
    expect(told(await on.run(make))).toEqual(['valid'])
  })

  it('is wrong where others have not drained it', async () => {
    expect(told(await on.run(firstDrained, 'done-before-drained', 'removed-before-drained'))).toEqual([
      'invalid',
      'removed-before-drained: premature-end, rule 6.3',
    ])
  })

  it('is wrong where it has not drained it itself', async () => {
    expect(told(await on.run(whenDone, 'done-before-drained', 'removed-before-drained'))).toEqual([
      'invalid',
      'done-before-drained: premature-end, rule 6.3',
      'removed-before-drained: premature-end, rule 6.3',
    ])
  })

  it('is wrong where its client may come back, and the removal stands in the history', async () => {
    const steps = [advanceTo('read-called'), append(1), advanceTo('delivered'), abort(), append(1), restart('last-id')]
    const { verdict } = await on.judge(whenLeft, schedule(steps))
    // What was appended after the removal is there for the session that comes back.
    expect(verdict.result).toBe('valid')
    const late = [advanceTo('read-called'), append(3), advanceTo('delivered'), abort(), restart('last-id')]
    const lost = await on.judge(whenLeft, schedule(late))
    expect(lost.verdict.anomalies.map(({ code, rule, value }) => [code, rule, value])).toEqual([
      ['unseen', '6.3', 's2'],
      ['unseen', '6.3', 's3'],
    ])
    expect(lost.verdict.anomalies[0]?.evidence).toMatch(/consumer 0 had removed it from the log/)
    expect(lost.history).toContainEqual({ type: 'command-called', consumer: 0, command: 'cleanupStream', does: ['drop'] })
  })

  it('is no lost append', async () => {
    const steps = [advanceTo('read-returned', { outcome: 'empty' }), append(7), finish()]
    const { verdict } = await on.judge(onlyOne, schedule(steps, { read: { count: 2 } }))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 7, delivered: 7 } })
  })
})
