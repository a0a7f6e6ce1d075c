/** Consumers that read on beside what they hand out, and take their time with it. */
import { describe, expect, it, vi } from 'vitest'
import { HandOver, Patience } from '../../src/stage/hand-over.js'
import { type Frame, entryOf, frameOfEntry, isAnnouncement } from '../../src/consumers/loops.js'
import { advanceTo, append } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { ConsumeContext, SubjectDefinition } from '../../src/subject/subject.js'
import { reproduce } from '../../src/testing/index.js'
import { families } from '../../src/kit/foreign/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { Runner } from '../../src/run/runner.js'
import { onModel } from '../support/subjects.js'

type Later = (context: ConsumeContext, then: () => void) => void

describe('an announcement', () => {
  it('is waited for where it has ever come late, and not where it never has', () => {
    const patience = new Patience()
    patience.announcedLate('read-called', true)
    patience.announcedLate('read-called', false)
    patience.announcedLate('tail-called', false)
    const held = new HandOver({ gates: 0 }, patience, true)
    held.asked = true
    expect(['read-called', 'tail-called', 'paused'].map((gate) => held.mayAnnounceAt(gate))).toEqual([true, false, true])
  })
})

it('lacks what another one has, but for what was there before it began', () => {
  const [late, other] = [new HandOver({ gates: 0 }, undefined), new HandOver({ gates: 0 }, undefined)]
  const handsOut = (one: HandOver, value: string) => one.look({ type: 'delivered', consumer: 0, value })
  late.earlier = new Set(['s1'])
  handsOut(other, 's1')
  expect(late.lacks(other)).toBe(false)
  handsOut(other, 's2')
  expect(late.lacks(other)).toBe(true)
  handsOut(late, 's2')
  expect(late.lacks(other)).toBe(false)
})

describe('what only others have', () => {
  const gateway = families.flatMap(({ right }) => right).find(({ name }) => name === 'gateway')!
  const late = schedule([advanceTo('announced'), append(1), advanceTo('delivered'), advanceTo('announced', { consumer: 1 })], {
    consumers: 2,
  })

  it('is not waited for in real time where it was there before a consumer began', async () => {
    const runner = new Runner(gateway.subject('memory'), memoryStore())
    // What its reader does with time of its own is found out once.
    await runner.judge(late)
    const waits = vi.spyOn(Patience.prototype, 'waitOnceMore')
    expect((await runner.judge(late)).verdict.result).toBe('valid')
    expect(waits).not.toHaveBeenCalled()
    waits.mockRestore()
    await runner.close()
  })
})

/** Each time that `later` says so, `atOnce` frames come out of its queue: all of them, if nothing is said, and then at once when three are in it. */
const queueing = (later: Later, announcement: Later = (_, then) => then(), atOnce?: number): SubjectDefinition<Frame> =>
  onModel({
    consume: async function* (context) {
      const { repository, topic, signal, clock, read } = context
      const leave = new AbortController()
      const gone = AbortSignal.any([signal, leave.signal])
      const kept: Frame[] = []
      const ready: Frame[] = []
      let wake = () => {}
      const flush = () => {
        ready.push(...kept.splice(0, atOnce ?? kept.length))
        wake()
      }
      const follow = async (start: string) => {
        let id = start
        while (!gone.aborted) {
          let entries = 0
          for await (const entry of repository.readMessages(topic, id, { ...read, signal: gone })) {
            entries++
            id = entry.id
            kept.push(frameOfEntry(entry))
            if (atOnce === undefined && kept.length === 3) flush()
            else later(context, flush)
          }
          if (entries === 0) await clock.sleep(100, gone)
        }
      }
      gone.addEventListener('abort', () => wake())
      const cursor = await repository.getStreamTailId(topic)
      announcement(context, () => {
        ready.push({ type: 'connected', cursor })
        wake()
      })
      const reader = follow(cursor)
      try {
        while (!gone.aborted) {
          const frame = ready.shift()
          if (frame !== undefined) yield frame
          else {
            await new Promise<void>((resolve) => {
              wake = resolve
              if (ready.length > 0 || gone.aborted) resolve()
            })
          }
        }
      } finally {
        leave.abort()
        await reader
      }
    },
    entryOf,
    isAnnouncement,
  })

const turns =
  (left: number): Later =>
  (context, then) =>
    left === 0 ? then() : void setImmediate(() => turns(left - 1)(context, then))

const bySleeping =
  (ms: number): Later =>
  ({ clock, signal }, then) =>
    void clock.sleep(ms, signal).then(then)

/** One pause after the other. */
function inTurn(ms: number): Later {
  let before = Promise.resolve()
  const after = async ({ clock, signal }: ConsumeContext, earlier: Promise<void>, then: () => void) => {
    await earlier
    await clock.sleep(ms, signal)
    then()
  }
  return (context, then) => void (before = after(context, before, then))
}

const steps = [advanceTo('read-called'), append(1), advanceTo('delivered'), advanceTo('read-returned'), append(4), append(3)]

describe('what a consumer has not handed out', () => {
  it.each<[string, Later]>([
    ['turns of the event loop', turns(3)],
    ['a pause that is longer than its reads wait', bySleeping(15_000)],
    ['a real timer', (_, then) => void setTimeout(then, 1)],
  ])('may be on its way through %s', async (_, later) => {
    const { verdict } = await reproduce(queueing(later), schedule(steps))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 8, delivered: 8 } })
  })

  // 100 ms is its pause after an empty read, too: two then end at the same time.
  it.each([30, 100, 7000])('comes one by one, with a pause of %i ms before each', async (ms) => {
    const { verdict } = await reproduce(queueing(inTurn(ms), undefined, 1), schedule([advanceTo('read-called'), append(140)]))
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 140, delivered: 140 } })
  })

  it('is unknown where only the next entry brings it out', async () => {
    let rung = 0
    const misses: Later = (_, then) => void (++rung % 2 === 0 && then())
    const { verdict } = await reproduce(queueing(misses), schedule([advanceTo('read-called'), append(1)]))
    expect(verdict).toMatchObject({ result: 'unknown', reasons: [expect.stringContaining('s1 at 1-0 came only with the next entry')] })
  })

  it.each<[string, Later]>([
    ['turns of the event loop', turns(3)],
    ['a pause', bySleeping(15_000)],
  ])('comes at the same place every time, through %s', async (_, later) => {
    const { history } = await reproduce(queueing(later), schedule(steps))
    const again = await reproduce(queueing(later), schedule(steps))
    expect(JSON.stringify(again.history)).toBe(JSON.stringify(history))
  })

  it('is lost where nothing comes of it', async () => {
    const { verdict } = await reproduce(
      queueing(() => {}),
      schedule([advanceTo('read-called'), append(4)]),
    )
    expect(verdict.anomalies).toMatchObject([
      { code: 'unseen', value: 's4', rule: '4.8' },
      { code: 'unseen', value: 'fence' },
    ])
  })

  it('is waited for in real time until nothing came of that', async () => {
    const patience = new Patience(40)
    const consumer = { gates: 0 }
    const handOver = new HandOver(consumer, patience)
    expect(await handOver.comesInTime()).toBe(false)
    handOver.asked = true
    handOver.look({ type: 'read-entry', consumer: 0, read: 1, id: '1-0', value: 's1' })
    setImmediate(() => consumer.gates++)
    expect(await handOver.comesInTime()).toBe(true)
    expect(await handOver.comesInTime()).toBe(false)
    setImmediate(() => consumer.gates++)
    expect(await handOver.comesInTime()).toBe(false)
    handOver.look({ type: 'delivered', consumer: 0, id: '1-0', value: 's1' })
    expect(handOver).toMatchObject({ isDue: false, given: 0 })
  })
})

describe('an announcement', () => {
  it('that takes some turns counts from where it was made, not from the move after it', async () => {
    const microtasks: Later = (_, then) => {
      let chain = Promise.resolve()
      for (let i = 0; i < 20; i++) chain = chain.then(() => undefined)
      void chain.then(then)
    }
    const { verdict } = await reproduce(
      queueing((_, then) => then(), microtasks),
      schedule([advanceTo('announced'), append(1)]),
    )
    expect(verdict).toMatchObject({ result: 'valid', counts: { owed: 1, delivered: 1 } })
  })
})
