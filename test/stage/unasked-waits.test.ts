/** Reads with a time-out of 0: who waits all the same, and who keeps a reader beside them that does. On the model. */
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import timeOutOfZero from '../../scenarios/time-out-of-zero.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { Runner } from '../../src/run/runner.js'
import { openModel } from '../support/subjects.js'
import { fetchingAhead, keepingReader, waitingAtZero } from '../support/unasked-waits.js'

async function judge(of: (correct: StreamRepository) => StreamRepository, watchdogMs = 5000) {
  const runner = new Runner({ name: 'test', store: 'memory', open: (context) => of(openModel(context)) }, memoryStore(), { watchdogMs })
  const { verdict, run } = await runner.judge(timeOutOfZero.schedule)
  await runner.close()
  return { verdict, types: run.history.map(({ type }) => type) }
}

describe('a repository that is asked not to wait', () => {
  it.each([
    ['waits for its own default', 5000],
    ['waits for ever', Number.POSITIVE_INFINITY],
  ])('and %s, is convicted', async (_, ms) => {
    const { verdict } = await judge((correct) => waitingAtZero(correct, ms))
    expect(verdict).toMatchObject({ result: 'invalid', anomalies: [{ code: 'unasked-wait', rule: '3.13' }] })
  })

  it('and does not, is cleared', async () => {
    const { verdict, types } = await judge((correct) => correct)
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
    expect(types).not.toContain('blocked')
  })

  it.each([
    ['at once', () => Promise.resolve()],
    ['a turn of the loop later', () => setTimeout(0)],
    ['after a while', () => setTimeout(40)],
  ])('and keeps a reader beside that waits, is cleared where it answers %s', async (_, answers) => {
    const { verdict, types } = await judge((correct) => keepingReader(correct, answers))
    expect(verdict).toMatchObject({ result: 'valid', anomalies: [], counts: { owed: 1, delivered: 1 } })
    expect(types).not.toContain('expired')
  })

  it.each([
    ['later than it is waited for', () => setTimeout(420)],
    ['just when it is waited for no more', () => setTimeout(320)],
  ])('and keeps a reader beside that waits, or fetches ahead, is cleared where it answers %s', async (_, answers) => {
    for (const of of [keepingReader, fetchingAhead]) {
      const { verdict } = await judge((correct) => of(correct, answers))
      expect(verdict).toMatchObject({ result: 'valid', anomalies: [], counts: { owed: 1, delivered: 1 } })
    }
  })
})

describe('a read that is not to wait, and never comes back', () => {
  it('is unknown where a reader of the repository waits meanwhile', async () => {
    const { verdict } = await judge((correct) => keepingReader(correct, () => new Promise(() => {})), 300)
    expect(verdict).toMatchObject({
      result: 'unknown',
      anomalies: [],
      reasons: [expect.stringContaining('a reader that its repository keeps')],
    })
  })
})
