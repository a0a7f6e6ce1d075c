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
  for (const actor of director.actors) actor.beginEpoch()
  // A fence in front of its promise would be none that it owes.
  const untold = (actor: Actor) => notifies && director.listens(actor) && actor.promised
  const quiet = await settleAll(director, director.actors, isQuiet, untold)
  if (quiet.length === 0) return
  await director.fence()
  for (const actor of quiet) actor.beginEpoch()
  await settleAll(director, quiet, (actor) =>
    notifies && director.listens(actor) ? actor.fenced && !source.whereabouts(actor.index).asks : actor.fenced || isQuiet(actor),
  )
}

/**
 * Moves all of them on until they are done, or as far as can be told, and gives those that have come to rest.
 *
 * One that waits in the process is passed over: what the others do may wake it. When none of them is woken any more, and somebody
 * has come to rest whose reads show that nothing more will come, it is at rest, too.
 */
async function settleAll(
  director: Director,
  actors: readonly Actor[],
  done: (actor: Actor) => boolean,
  untold: (actor: Actor) => boolean = () => false,
): Promise<Actor[]> {
  const quiet: Actor[] = []
  let left = [...actors]
  for (;;) {
    const before = gatesOf(director)
    const waiting: Actor[] = []
    for (const actor of left) {
      const came = await settleDown(director, actor, done, untold)
      if (came === 'to rest') quiet.push(actor)
      else if (came === 'to wait') waiting.push(actor)
    }
    left = waiting
    if (left.length === 0) return quiet
    if (gatesOf(director) > before) continue
    if (quiet.length === 0) {
      // Nobody reads. One that was given up says nothing of the others; where all of them wait, that is a stall.
      if (director.actors.some((actor) => !actor.closed && !actor.waitsInProcess)) return quiet
      await director.advance(left[0]!)
    } else if (!(await comeRound(director, quiet, left)) && !(await comesByItself(director, left))) {
      for (const actor of left) director.options.recorder.record({ type: 'quiescent', consumer: actor.index })
      return [...quiet, ...left]
    }
  }
}

const gatesOf = ({ actors }: Director): number => actors.reduce((sum, { gates }) => sum + gates, 0)

/**
 * One at rest may be held with what the waiting ones wait for, such as a lock: each goes on until it has been through a whole cycle of
 * empty reads. True where that has woken somebody.
 */
async function comeRound(director: Director, quiet: readonly Actor[], waiting: readonly Actor[]): Promise<boolean> {
  const woken = () => waiting.some((actor) => !actor.waitsInProcess)
  for (const actor of quiet) {
    const round = actor.empties + 2
    for (let gates = 0; gates < GATES_AT_LEAST && actor.empties < round && !woken(); gates++) {
      if (actor.closed || actor.waitsInProcess || actor.waitsForEver) break
      await director.advance(actor)
    }
  }
  return woken()
}

/** Something that others have, and one of these has not handed out, may be on its way through a timer of its own. */
async function comesByItself({ actors, options: { idling } }: Director, waiting: readonly Actor[]): Promise<boolean> {
  for (const actor of waiting) {
    const lacks = actor.asking && actors.some((other) => actor.handOver.lacks(other.handOver))
    if (lacks && ((await idling?.waitOnceMore(actor)) ?? false)) return true
  }
  return false
}

/** What was appended has served the reads that it could: one that still waits without a time-out has nothing to come. */
const isQuiet = (actor: Actor): boolean => actor.empties >= (actor.waits.count > 0 ? 1 : 2) || (actor.waits.count > 0 && actor.waitsForEver)

/**
 * Moves the consumer on until it is done, or as far as can be told.
 * @param untold nothing tells when it is at rest, since what is appended comes to it as a message.
 */
async function settleDown(
  director: Director,
  actor: Actor,
  done: (actor: Actor) => boolean,
  untold: (actor: Actor) => boolean,
): Promise<'to rest' | 'to wait' | 'to its end'> {
  const { recorder } = director.options
  const limit = GATES_AT_LEAST + GATES_PER_ENTRY * director.producer.added
  let paused: number | undefined
  for (let gates = 0; !actor.closed; gates++) {
    if (untold(actor)) return 'to rest'
    if (done(actor) && !(gates < limit && (await handsOver()))) {
      recorder.record({ type: 'quiescent', consumer: actor.index })
      return 'to rest'
    }
    if (actor.waitsInProcess) return 'to wait'
    if (gates === limit) {
      recorder.record({ type: 'restless', consumer: actor.index, gates })
      return 'to its end'
    }
    await director.advance(actor)
  }
  return 'to its end'

  /** An entry that it was given is not lost yet: it may hand it out when a pause of its own is over, or a real timer of its. */
  async function handsOver(): Promise<boolean> {
    if (!actor.handOver.isDue) return false
    paused ??= actor.holds.pausedUntil
    return actor.now < paused || actor.handOver.comesInTime()
  }
}
