/**
 * Quiescence: what is judged is judged only here. A consumer is quiet when an empty read that it *called* after the last
 * append has come back, and it waits again (or, where it never waits, a second one has come back). One that waits without
 * a time-out is quiet as soon as it waits. Of one that listens to a channel nothing tells but the fence, once it has promised to
 * deliver it: it has come to rest when it has done so, and no request of its own is left.
 */
import type { Actor } from './actor.js'
import type { Director } from './director.js'

/** Gates that a consumer may take to come to rest: some to begin with, and some for each entry. */
const GATES_AT_LEAST = 200
const GATES_PER_ENTRY = 20

export async function drain(director: Director): Promise<void> {
  const { source } = director.options
  const { notifies } = source
  const quiet: Actor[] = []
  for (const actor of director.actors) actor.beginEpoch()
  for (const actor of director.actors) {
    // A fence in front of its promise would be none that it owes.
    const untold = notifies ? () => director.listens(actor) && actor.promised : undefined
    if (await settleDown(director, actor, () => isQuiet(actor), untold)) quiet.push(actor)
  }
  if (quiet.length === 0) return
  await director.fence()
  for (const actor of quiet) actor.beginEpoch()
  for (const actor of quiet) {
    await settleDown(director, actor, () =>
      notifies && director.listens(actor) ? actor.fenced && !source.whereabouts(actor.index).asks : actor.fenced || isQuiet(actor),
    )
  }
}

/** What was appended has served the reads that it could: one that still waits without a time-out has nothing to come. */
const isQuiet = (actor: Actor): boolean => actor.empties >= (actor.waits.count > 0 ? 1 : 2) || (actor.waits.count > 0 && actor.waitsForEver)

/**
 * Moves the consumer on until it is done, or as far as can be told.
 * @param untold nothing tells when it is at rest, since what is appended comes to it as a message. Default: something does.
 * @returns false where it has ended, or does not come to rest.
 */
async function settleDown(director: Director, actor: Actor, done: () => boolean, untold?: () => boolean): Promise<boolean> {
  const { recorder } = director.options
  const limit = GATES_AT_LEAST + GATES_PER_ENTRY * director.producer.added
  let paused: number | undefined
  for (let gates = 0; !actor.closed; gates++) {
    if (untold?.()) return true
    if (done() && !(gates < limit && (await handsOver()))) {
      recorder.record({ type: 'quiescent', consumer: actor.index })
      return true
    }
    if (gates === limit) {
      recorder.record({ type: 'restless', consumer: actor.index, gates })
      return false
    }
    await director.advance(actor)
  }
  return false

  /** An entry that it was given is not lost yet: it may hand it out when a pause of its own is over, or a real timer of its. */
  async function handsOver(): Promise<boolean> {
    if (!actor.handOver.isDue) return false
    paused ??= actor.holds.pausedUntil
    return actor.now < paused || actor.handOver.comesInTime()
  }
}
