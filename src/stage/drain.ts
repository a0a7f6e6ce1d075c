/**
 * Quiescence: what is judged is judged only here. A consumer is quiet when an empty read that it *called* after the last
 * append has come back, and it waits again (or, where it never waits, a second one has come back). One that waits without
 * a time-out is quiet as soon as it waits.
 *
 * Reads do not tell everything of a program on the wire. One that is told of entries by a channel asks for nothing, and one with several
 * connections may have something under way on another of them. Where something is missing, such a program is given its turn until
 * nothing new has come of it for long enough (rest.ts). Nobody is woken by the fence before that: what it delivers then and should have
 * delivered before, it would not have delivered without it.
 */
import type { Actor } from './actor.js'
import type { Director } from './director.js'
import type { Silence } from './rest.js'

/** Gates that a consumer may take to come to rest: some to begin with, and some for each entry. */
const GATES_AT_LEAST = 200
const GATES_PER_ENTRY = 20
/** Reads that one which is told of entries makes by itself: these are not those of its start. */
const POLLS = 8

export async function drain(director: Director): Promise<void> {
  const { source } = director.options
  director.drains = true
  for (const actor of director.actors) actor.beginEpoch()
  const quiet = await settleAll(director, director.actors, (actor) => isQuiet(actor, director.listens(actor)))
  if (quiet.length === 0) return
  await director.fence()
  for (const actor of quiet) actor.beginEpoch()
  await settleAll(director, quiet, (actor) => {
    if (director.listens(actor)) return actor.fenced && !source.whereabouts(actor.index).asks
    return actor.fenced || isQuiet(actor, false)
  })
}

/**
 * Moves all of them on until they are done, or as far as can be told, and gives those that have come to rest.
 *
 * One that waits in the process is passed over: what the others do may wake it. When none of them is woken any more, and somebody
 * has come to rest whose reads show that nothing more will come, it is at rest, too.
 */
async function settleAll(director: Director, actors: readonly Actor[], done: (actor: Actor) => boolean): Promise<Actor[]> {
  const quiet: Actor[] = []
  let left = [...actors]
  for (;;) {
    const before = gatesOf(director)
    const waiting: Actor[] = []
    for (const actor of left) {
      const came = await settleDown(director, actor, done)
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
function isQuiet(actor: Actor, listens: boolean): boolean {
  if (listens) return actor.empties >= POLLS
  return actor.empties >= (actor.waits.count > 0 ? 1 : 2) || (actor.waits.count > 0 && actor.waitsForEver)
}

/**
 * Moves the consumer on until it is done, or as far as can be told.
 */
async function settleDown(
  director: Director,
  actor: Actor,
  done: (actor: Actor) => boolean,
): Promise<'to rest' | 'to wait' | 'to its end'> {
  const { recorder } = director.options
  const limit = GATES_AT_LEAST + GATES_PER_ENTRY * director.producer.added
  const silence = director.silenceOf(actor)
  let paused: number | undefined
  const quiescent = (silent: boolean) => {
    recorder.record({ type: 'quiescent', consumer: actor.index, ...(silent ? { silent: true } : {}) })
    return 'to rest' as const
  }
  for (let gates = 0; !actor.closed; gates++) {
    if (done(actor) && !(gates < limit && (await handsOver()))) {
      if (!(await isOwedMore(director, actor, silence))) return quiescent(false)
      continue
    }
    if (actor.waitsInProcess) return 'to wait'
    if (gates === limit) {
      recorder.record({ type: 'restless', consumer: actor.index, gates })
      return 'to its end'
    }
    if ((await director.move(actor, silence)) === false) return quiescent(true)
  }
  return 'to its end'

  /** An entry that it was given is not lost yet: it may hand it out when a pause of its own is over, or a real timer of its. */
  async function handsOver(): Promise<boolean> {
    if (!actor.handOver.isDue) return false
    paused ??= actor.holds.pausedUntil
    return actor.now < paused || actor.handOver.comesInTime()
  }
}

/** It looks quiet, and something is missing that may be under way on another connection of its: true where something came. */
async function isOwedMore(director: Director, actor: Actor, silence: Silence): Promise<boolean> {
  const isAlone = () => director.options.source.whereabouts(actor.index).isAlone
  if (isAlone() || !(await silence.isMissing)) return false
  return actor.held ? (await director.move(actor, silence)) !== false : director.wait(actor, silence)
}
