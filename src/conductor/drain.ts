/**
 * Quiescence: what is judged is judged only here. A consumer is quiet when an empty read that it *called* after the last
 * append has come back, and it waits again (or, where it never waits, a second one has come back). One that waits without
 * a time-out is quiet as soon as it waits.
 */
import { FENCE } from '../history/event.js'
import type { Conductor } from './conductor.js'
import type { ConsumerSession } from './consumer-session.js'

/** Gates that a consumer may take to come to rest: some to begin with, and some for each entry. */
const GATES_AT_LEAST = 200
const GATES_PER_ENTRY = 20

export async function drain(conductor: Conductor): Promise<void> {
  const { recorder, producer } = conductor
  const mark = recorder.length
  const quiet: ConsumerSession[] = []
  for (const session of conductor.sessions)
    if (await settleDown(conductor, session, () => isQuiet(conductor, session, mark))) quiet.push(session)
  if (quiet.length === 0) return
  await producer.fence()
  await conductor.settleServed()
  const fenced = recorder.length
  for (const session of quiet) {
    await settleDown(conductor, session, () => deliveredFence(conductor, session, mark) || isQuiet(conductor, session, fenced))
  }
}

/** Moves the consumer on until it is done. False where it has ended, or does not come to rest. */
async function settleDown(conductor: Conductor, session: ConsumerSession, done: () => boolean): Promise<boolean> {
  const limit = GATES_AT_LEAST + GATES_PER_ENTRY * conductor.producer.added
  for (let gates = 0; !session.closed; gates++) {
    if (done()) {
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
}

function isQuiet(conductor: Conductor, session: ConsumerSession, mark: number): boolean {
  // What was appended has served the reads that it could: one that still waits has nothing to come.
  if (session.wait.forEver) return true
  const sent = new Set<number>()
  let empties = 0
  for (let i = mark; i < conductor.recorder.length; i++) {
    const event = conductor.recorder.at(i)
    if (!('consumer' in event) || event.consumer !== session.index) continue
    if (event.type === 'read-sent') sent.add(event.read)
    if (event.type === 'read-returned' && event.outcome === 'empty' && sent.has(event.read)) empties++
  }
  return empties >= (session.blocked ? 1 : 2)
}

function deliveredFence(conductor: Conductor, session: ConsumerSession, mark: number): boolean {
  for (let i = conductor.recorder.length - 1; i >= mark; i--) {
    const event = conductor.recorder.at(i)
    if (event.type === 'delivered' && event.consumer === session.index && event.value === FENCE) return true
  }
  return false
}
