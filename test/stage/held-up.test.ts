import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import { append, advanceTo } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import type { Store } from '../../src/dialects/store.js'
import { Runner } from '../../src/run/runner.js'
import { onModel } from '../support/subjects.js'

/** The model, which counts how often it is looked for appends that wait behind a read. */
function watched(evidence?: string): { store: Store; looks: () => number } {
  let looks = 0
  const store = memoryStore()
  const open: Store['open'] = async (subject) => ({
    ...(await store.open(subject)),
    tellsQueued: true,
    queuedBehindRead: async () => {
      looks++
      return evidence
    },
  })
  return { store: { ...store, open }, looks: () => looks }
}

const whileBlocked = schedule([advanceTo('blocked'), append(1)])

it('is not looked for while an append returns as it should', async () => {
  const { store, looks } = watched('none of this is asked')
  expect(await new Runner(onModel(), store).judge(whileBlocked)).toMatchObject({ verdict: { result: 'valid' } })
  expect(looks()).toBe(0)
})

it('is found where an append does not return', async () => {
  const { store, looks } = watched('client 1 waits')
  const hanging = onModel()
  const subject: typeof hanging = {
    ...hanging,
    open: async (context) => Object.assign(await hanging.open(context), { sendData: () => new Promise<string>(() => {}) }),
  }
  const { run } = await new Runner(subject, store).judge(whileBlocked)
  expect(run.ending).toEqual({ kind: 'stalled', what: 'append s1 is held up by a read that is blocked: client 1 waits' })
  expect(looks()).toBe(3)
})

it('may take its time for each append of a step', async () => {
  const slow = onModel()
  const subject: typeof slow = {
    ...slow,
    open: async (context) => {
      const repository = await slow.open(context)
      return withMembers(repository, {
        sendData: async (...entry: Parameters<StreamRepository['sendData']>) => {
          await setTimeout(50)
          return repository.sendData(...entry)
        },
      })
    },
  }
  const steps = schedule([advanceTo('blocked'), append(20)])
  expect(await new Runner(subject, memoryStore(), { watchdogMs: 500 }).judge(steps)).toMatchObject({ verdict: { result: 'valid' } })
})
