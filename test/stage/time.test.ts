import { setTimeout as realPause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { StreamEntry, StreamRepository } from '../../src/contract/stream-repository.js'
import { frameOfEntry } from '../../src/consumers/loops.js'
import { withMembers } from '../../src/contract/with-members.js'
import { correctImplementations } from '../../src/kit/correct/correct.js'
import { advance, advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'

/** Each answer behind the first of a read takes its time, as one does that asks its server once more. */
const slowly = (repository: StreamRepository): StreamRepository =>
  withMembers(repository, {
    readMessages: async function* (...args: Parameters<StreamRepository['readMessages']>) {
      for await (const entry of repository.readMessages(...args)) {
        yield entry
        await realPause(1)
      }
    },
  })

const keepingAlive = correctImplementations.find(({ name }) => name === 'keeping-alive')!.subject('memory')
const slow: SubjectDefinition = { ...keepingAlive, open: async (context) => slowly(await keepingAlive.open(context)) }

describe('the time of a consumer', () => {
  it('stands still while a call of its own is on its way', async () => {
    const steps = [advanceTo('read-called'), append(3), ...Array.from({ length: 12 }, () => advance())]
    const plain = await reproduce(keepingAlive, schedule(steps, { read: { count: 3 } }))
    const { verdict, history } = await reproduce(slow, schedule(steps, { read: { count: 3 } }))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 3, delivered: 3 } })
    expect(history).toEqual(plain.history)
  })

  it('does not pass while the next entry of a read is on its way, however often it looks at its timer', async () => {
    const impatient: SubjectDefinition = {
      ...slow,
      consume: async function* ({ repository, topic, clock, signal, read }) {
        const cursor = await repository.getStreamTailId(topic)
        yield { type: 'connected', cursor }
        const entries = repository.readMessages(topic, cursor, { ...read, signal })[Symbol.asyncIterator]()
        for (let result: IteratorResult<StreamEntry> | undefined = await entries.next(); result !== undefined && !result.done; ) {
          yield frameOfEntry(result.value)
          result = undefined
          void entries.next().then((next) => (result = next))
          while (result === undefined && !signal.aborted) await clock.sleep(100, signal)
        }
      },
    }
    const steps = [advanceTo('read-called'), append(2), advanceTo('delivered'), ...Array.from({ length: 8 }, () => advance())]
    const { history } = await reproduce(impatient, schedule(steps))
    const [first, second] = history.flatMap(({ type }, at) => (type === 'delivered' ? [at] : []))
    expect(history.slice(first, second).filter(({ type }) => type === 'paused')).toHaveLength(1)
  })
})
