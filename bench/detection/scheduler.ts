/**
 * fast-check's scheduler over the in-memory model: each run is one schedule that it draws.
 *
 *  - As documented: `s.scheduleFunction` around the call that the consumer makes, `s.schedule` before the append, and
 *    `s.waitFor` what decides. A scheduled function is called at once, and its answer is what waits. So the calls
 *    themselves cannot be held, and an append falls behind a read and before the next one only where the consumer pauses.
 *  - Tuned: each read waits twice, before it reaches the model and before its answer reaches the consumer, and the
 *    pause is scheduled too. It then has the gates of tailrace, in its own order of events.
 *
 * It is over as soon as the sentinel came, or two reads that were called after it came back empty.
 */
import fc, { type Scheduler } from 'fast-check'
import { virtualClock } from '../../src/clock/clock.js'
import { literalDollar } from '../../src/consumers/loops.js'
import type { StreamEntry, StreamRepository } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import { withMembers } from '../../src/contract/with-members.js'
import type { Arm } from '../arm.js'
import type { Timing } from '../results.js'
import type { Bench } from './bench.js'
import { TIMINGS, pausing } from './trial.js'

const TOPIC = 'topic'
const SENTINEL = 'sentinel'

type Read = (...args: Parameters<StreamRepository['readMessages']>) => Promise<readonly StreamEntry[]>

export function scheduler(bench: Bench, timing: Timing, form: 'documented' | 'tuned'): Arm {
  const name = `fast-check scheduler, ${form}`
  let seed = bench.seed(`${name} ${timing}`)
  return {
    name,
    turn: bench.quick ? 100 : 500,
    run: () => losesSentinel(fc.sample(fc.scheduler(), { seed: seed++, numRuns: 1 })[0]!, timing, form),
    close: async () => {},
  }
}

async function losesSentinel(s: Scheduler, timing: Timing, form: 'documented' | 'tuned'): Promise<boolean> {
  const clock = virtualClock()
  const model = new InMemoryStreamRepository({ clock })
  const stop = new AbortController()
  let appended = false
  let emptiesSince = 0
  let decide!: (lost: boolean) => void
  const decided = new Promise<boolean>((resolve) => (decide = resolve))

  const read: Read = async (...args) => {
    const after = appended
    const entries: StreamEntry[] = []
    for await (const entry of model.readMessages(...args)) entries.push(entry)
    if (entries.length === 0 && after && ++emptiesSince === 2) decide(true)
    return entries
  }
  const scheduled = s.scheduleFunction(read)
  /** Once it is decided nobody lets go of what is scheduled. */
  const wait = async (what: string) => void (stop.signal.aborted || (await s.schedule(Promise.resolve(), what)))
  const reads: Read =
    form === 'documented' ? scheduled : (...args) => wait('call').then(() => (stop.signal.aborted ? [] : scheduled(...args)))
  const pause = (ms: number) => (form === 'documented' ? clock.sleep(ms) : wait('pause'))
  const frames = literalDollar({
    repository: withMembers(model as StreamRepository, {
      readMessages: async function* (...args: Parameters<StreamRepository['readMessages']>) {
        yield* await reads(...args)
      },
    }),
    topic: TOPIC,
    clock: pausing(timing, { now: clock.now, sleep: pause }),
    signal: stop.signal,
    read: { timeoutMs: TIMINGS[timing].blockMs, count: 10 },
    status: async () => 'running',
  })
  await frames.next()
  const produce = async () => {
    await s.schedule(Promise.resolve(), 'append')
    appended = true
    await model.sendData(TOPIC, SENTINEL)
  }
  void produce()
  const consumed = consume(frames, decide)
  const lost = await s.waitFor(decided)
  stop.abort()
  await model.close()
  // What still waits in the scheduler is let go, so that the loop can end.
  await s.waitAll()
  await consumed
  return lost
}

async function consume(frames: AsyncIterable<{ readonly type: string }>, decide: (lost: boolean) => void): Promise<void> {
  for await (const frame of frames) {
    if (frame.type === 'entry') decide(false)
  }
}
