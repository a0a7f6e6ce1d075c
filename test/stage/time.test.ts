import { setTimeout as realPause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
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
})
