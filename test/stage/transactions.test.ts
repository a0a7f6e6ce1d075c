/** What one transaction adds and removes, on the model. test/integration/transactions.test.ts has the same on a Redis. */
import { describe, expect, it } from 'vitest'
import { append, advanceTo, trim } from '../../src/schedule/step.js'
import { schedule } from '../../src/schedule/schedule.js'
import { reproduce } from '../../src/testing/index.js'
import { brokenModel, onModel } from '../support/subjects.js'
import { TRANSACTIONS, removedIn } from '../support/transactions.js'

describe.each(Object.entries(TRANSACTIONS))('%s', (_, { schedule: plan, removed, owed }) => {
  it('is told as it was, and accuses nobody', async () => {
    const { history, verdict, ending } = await reproduce(onModel(), plan)
    expect(ending.kind).toBe('completed')
    expect(verdict.anomalies).toEqual([])
    expect(verdict.counts).toMatchObject({ owed, delivered: owed })
    expect(removedIn(history)).toEqual(removed)
  })
})

it('an adapter that acknowledges, and never writes, is told from one that was trimmed', async () => {
  const { verdict } = await reproduce(
    brokenModel((model) => ({ sendData: async (topic) => `${(await model.getStreamTailId(topic)).split('-')[0]}-7` })),
    schedule([advanceTo('blocked'), append(1), trim(0)]),
  )
  expect(verdict.anomalies).toContainEqual(expect.objectContaining({ code: 'lost-append', value: 's1' }))
})
