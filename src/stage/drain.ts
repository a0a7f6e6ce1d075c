/**
 * Quiescence: what is judged is judged only here. A consumer is quiet when an empty read that it *called* after the last
 * append has come back, and it waits again (or, where it never waits, a second one has come back). One that waits without
 * a time-out is quiet as soon as it waits. Of one that listens to a channel nothing tells but the fence, once it has promised to
 * deliver it: it has come to rest when it has done so, and no request of its own is left.
 */
import { FENCE, type HistoryEvent, PENDING, consumerOf } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { Conductor } from './conductor.js'
import type { ConsumerSession } from './consumer-session.js'
import { listens } from './whereabouts.js'

/** Gates that a consumer may take to come to rest: some to begin with, and some for each entry. */
const GATES_AT_LEAST = 200
const GATES_PER_ENTRY = 20

export async function drain(conductor: Conductor): Promise<void> {
  const { recorder } = conductor
  const { opened } = conductor.options
  const mark = recorder.length
  const quiet: ConsumerSession[] = []
  for (const session of conductor.sessions) {
    const promised = promiseOf(recorder, session)
    const untold = () => isTold(conductor, session) && promised()
    if (await settleDown(conductor, session, quietness(recorder, session, mark), untold)) quiet.push(session)
  }
  if (quiet.length === 0) return
  await conductor.fence()
  const fenced = recorder.length
  for (const session of quiet) {
    const isQuiet = quietness(recorder, session, fenced)
    const hasFence = deliveryOfFence(recorder, session, mark)
    await settleDown(conductor, session, () =>
      isTold(conductor, session) ? hasFence() && !opened.asks?.(session.index) : hasFence() || isQuiet(),
    )
  }
}

/** What is appended from now on comes to it as a message. */
const isTold = ({ options: { opened } }: Conductor, session: ConsumerSession): boolean =>
  opened.notify !== undefined && listens(session, opened)

/** Moves the consumer on until it is done, or as far as can be told. False where it has ended, or does not come to rest. */
async function settleDown(
  conductor: Conductor,
  session: ConsumerSession,
  done: () => boolean,
  untold: () => boolean = () => false,
): Promise<boolean> {
  const limit = GATES_AT_LEAST + GATES_PER_ENTRY * conductor.producer.added
  let paused: number | undefined
  for (let gates = 0; !session.closed; gates++) {
    if (untold()) return true
    if (done() && !(gates < limit && (await handsOver()))) {
      conductor.recorder.record({ type: 'quiescent', consumer: session.index })
      return true
    }
    if (gates === limit) {
      conductor.recorder.record({ type: 'restless', consumer: session.index, gates })
      return false
    }
    await conductor.advance(session)
  }
  return false

  /** An entry that it was given is not lost yet: it may hand it out when a pause of its own is over, or a real timer of its. */
  async function handsOver(): Promise<boolean> {
    if (!session.handOver.isDue) return false
    paused ??= session.holds.pausedUntil
    return session.virtualMs < paused || session.handOver.comesInTime()
  }
}

/** Calls `look` for what this consumer did from `mark` on; each call of the result takes up where the last one stopped. */
function follower(
  recorder: Recorder,
  { index }: ConsumerSession,
  mark: number,
  look: (event: HistoryEvent, at: number) => void,
): () => void {
  let at = mark
  return () => {
    for (; at < recorder.length; at++) if (consumerOf(recorder.at(at)) === index) look(recorder.at(at), at)
  }
}

function quietness(recorder: Recorder, session: ConsumerSession, mark: number): () => boolean {
  const sent = new Set<number>()
  let pending: number | undefined
  let empties = 0
  const follow = follower(recorder, session, 0, (event, at) => {
    if (event.type === 'read-called' && event.cursor === PENDING) pending = event.read
    if (at < mark) return
    if (event.type === 'read-sent' && event.read !== pending) sent.add(event.read)
    if (event.type === 'read-returned' && event.outcome === 'empty' && sent.has(event.read)) empties++
  })
  return () => {
    // What was appended has served the reads that it could: one that still waits has nothing to come.
    if (session.waitsForEver) return true
    follow()
    return empties >= (session.blocked ? 1 : 2)
  }
}

/** A fence in front of its promise would be none that it owes. */
export function promiseOf(recorder: Recorder, session: ConsumerSession): () => boolean {
  let promised = false
  const follow = follower(recorder, session, 0, (event) => {
    const answered = event.type === 'tail-returned' || event.type === 'read-returned'
    if (event.type === 'announced' || event.type === 'blocked' || (answered && event.error === undefined)) promised = true
  })
  return () => {
    follow()
    return promised
  }
}

function deliveryOfFence(recorder: Recorder, session: ConsumerSession, mark: number): () => boolean {
  let delivered = false
  const follow = follower(recorder, session, mark, (event) => {
    if (event.type === 'delivered' && event.value === FENCE) delivered = true
  })
  return () => {
    follow()
    return delivered
  }
}
