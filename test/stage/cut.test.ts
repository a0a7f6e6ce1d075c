/** A cut of the connection that a read waits on, whose wait may be over before the cut is made. */
import { expect, it } from 'vitest'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { Runner } from '../../src/run/runner.js'
import { advanceTo, append, disconnect } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { OpenContext } from '../../src/subject/subject.js'
import { onModel } from '../support/subjects.js'

/** Whoever appends wakes all who wait, on whatever topic. */
class Waking extends InMemoryStreamRepository {
  #waiting = new Set<AbortController>()

  override async *readMessages(...[topic, lastId, options]: Parameters<InMemoryStreamRepository['readMessages']>) {
    const woken = new AbortController()
    this.#waiting.add(woken)
    options.signal?.addEventListener('abort', () => woken.abort())
    try {
      yield* super.readMessages(topic, lastId, { ...options, signal: woken.signal })
    } finally {
      this.#waiting.delete(woken)
    }
  }

  override sendData(...args: Parameters<InMemoryStreamRepository['sendData']>) {
    for (const each of this.#waiting) each.abort()
    return super.sendData(...args)
  }
}

it('cannot be followed where the read has come back while it was made ready, and breaks nothing', async () => {
  const subject = onModel({ open: ({ memory }: OpenContext) => new Waking({ stream: memory, clock: null }) })
  const runner = new Runner(subject, memoryStore(), { watchdogMs: 500 })
  const { run } = await runner.judge(schedule([advanceTo('blocked'), disconnect(), append(1)]))
  await runner.close()
  expect(run.ending).toMatchObject({ kind: 'diverged', expected: 'consumer 0 blocked in a read' })
})
