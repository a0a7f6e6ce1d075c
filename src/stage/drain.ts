/**
 * Quiescence: what is judged is judged only here. A consumer is quiet when an empty read that it *called* after the last
 * append has come back, and it waits again (or, where it never waits, a second one has come back). One that waits without
 * a time-out is quiet as soon as it waits.
 *
 * Reads do not tell everything of a program on the wire. One that is told of entries by a channel asks for nothing, and one with several
 * connections may have something under way on another of them. Where something is missing, such a program is given its turn until
 * nothing new has come of it for long enough (rest.ts). Nobody is woken by the fence before that: what it delivers then and should have
 * delivered before, it would not have delivered without it. What is pending in a group is claimed last: see below.
 */
import { heartbeat } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import { FENCE } from '../history/event.js'
import type { GroupDebts } from '../sources/source.js'
import type { Actor } from './actor.js'
import type { Director } from './director.js'
import { type Silence, untilCaughtUp } from './rest.js'

/** Gates that a consumer may take to come to rest: some to begin with, and some for each entry. */
const GATES_AT_LEAST = 200
const GATES_PER_ENTRY = 20
/** Reads that one which is told of entries makes by itself: these are not those of its start. */
const POLLS = 8

export async function drain(director: Director): Promise<void> {
  const { source } = director.options
  director.drains = true
  for (const actor of director.actors) actor.beginEpoch()
  const quiet = await settleAll(director, director.actors, (actor) => isQuiet(actor, source.notifies && director.listens(actor)))
  if (quiet.length === 0) return
  await director.fence()
  for (const actor of quiet) actor.beginEpoch()
  await settleAll(director, quiet, (actor) => {
    if (source.notifies && director.listens(actor)) return actor.fenced && !source.whereabouts(actor.index).asks
    return actor.fenced || isQuiet(actor, false)
  })
  const { debts } = source
  if (debts === undefined) return
  await claimDebts(director, quiet, debts, (actor) => settleAll(director, [actor], (each) => isQuiet(each, director.listens(each))))
}

/**
 * Moves all of them on until they are done, or as far as can be told, and gives those that have come to rest.
 *
 * One that waits in the process is passed over: what the others do may wake it. When none of them is woken any more, and somebody
 * has come to rest whose reads show that nothing more will come, it is at rest, too.
 */
async function settleAll(director: Director, actors: readonly Actor[], done: (actor: Actor) => boolean): Promise<readonly Actor[]> {
  const quiet: Actor[] = []
  let left = [...actors]
  let vain = 0
  for (;;) {
    const [before, handedOut] = [gatesOf(director), handedOutBy(director)]
    const waiting: Actor[] = []
    for (const actor of left) {
      const came = await settleDown(director, actor, done)
      if (came === 'to rest') quiet.push(actor)
      else if (came === 'to wait') waiting.push(actor)
    }
    left = waiting
    if (left.length === 0) return quiet
    vain = handedOutBy(director) > handedOut ? 0 : vain + 1
    const goesRound = vain > VAIN_WAKES
    if (gatesOf(director) > before && !goesRound) continue
    const someComes = async () => vain <= 2 * VAIN_WAKES && (await comesByItself(director, left))
    if (quiet.length === 0) {
      // Nobody reads. One that was given up says nothing of the others; where all of them wait, that is a stall.
      if (director.actors.some((actor) => !actor.closed && !actor.waitsInProcess)) return quiet
      if (!director.readsAreLeft) await director.advance(left[0]!)
      else if ((goesRound || !(await readsOnWithout(director, left))) && !(await someComes())) return atRest(director, left)
    } else if ((goesRound || !(await comeRound(director, quiet, left))) && !(await someComes())) {
      return [...quiet, ...atRest(director, left)]
    }
  }
}

function atRest({ options: { recorder } }: Director, actors: readonly Actor[]): readonly Actor[] {
  for (const actor of actors) recorder.record({ type: 'quiescent', consumer: actor.index })
  return actors
}

/** So many waits of the reader that all of them wait for come to their end, and each time it waits again. */
const ROUNDS_WITHOUT = 3

/**
 * The reader that all of these wait for was begun by one that has ended. It is at rest when its reads come back empty: one that only waits
 * for such a read to end goes on then. True where that has woken somebody, or it is gone.
 */
async function readsOnWithout(director: Director, waiting: readonly Actor[]): Promise<boolean> {
  for (let rounds = 0; rounds < ROUNDS_WITHOUT; rounds++) {
    await director.endReadsLeft()
    if (!director.readsAreLeft || waiting.some((actor) => !actor.waitsInProcess)) return true
  }
  return false
}

/** Woken so often with nothing to show for it, as by a reader that tells of its empty reads, one is at rest, too. */
const VAIN_WAKES = 32

const handedOutBy = ({ actors }: Director): number => actors.reduce((sum, { handOver }) => sum + handOver.handedOut, 0)

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
async function comesByItself(director: Director, waiting: readonly Actor[]): Promise<boolean> {
  const { idling, owes } = director.options
  for (const actor of waiting) {
    const lacks = actor.asking && director.lacks(actor)
    // What it is not owed it may lack for good, and each wait takes its time.
    if (lacks && (await owes(actor.index)) && ((await idling?.waitOnceMore(actor)) ?? false)) return true
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
  let handedOut = -1
  const beside = new PausesBeside(director, actor)
  const quiescent = async (silent: boolean) => {
    const mayCome = silence !== undefined && director.mayCatchUp(actor) && (await silence.isMissing)
    const within = mayCome ? { withinMs: director.options.rest.withinMs } : {}
    recorder.record({ type: 'quiescent', consumer: actor.index, ...(silent ? { silent: true } : {}), ...within })
    return 'to rest' as const
  }
  for (let gates = 0; !actor.closed; gates++) {
    if (done(actor) && !(gates < limit && (await handsOver()))) {
      if (silence !== undefined) {
        if (!(await isOwedMore(director, actor, silence))) return quiescent(false)
        continue
      }
      if (gates >= limit || !(await beside.mayBringMore())) return quiescent(false)
    }
    if (actor.waitsInProcess) return 'to wait'
    if (gates === limit) {
      recorder.record({ type: 'restless', consumer: actor.index, gates })
      return 'to its end'
    }
    if (silence === undefined) await director.advance(actor)
    else if (!(await director.move(actor, silence))) return quiescent(true)
  }
  return 'to its end'

  /** An entry that it was given is not lost yet: it may hand it out behind this frame, or when a pause or a real timer of its own is over. */
  async function handsOver(): Promise<boolean> {
    const { given, asked, isDue } = actor.handOver
    if (director.options.source.inProcess && given > 0 && !asked) return true
    if (!isDue) return false
    // One that hands out an entry with each pause goes on until it has no more.
    if (actor.handOver.handedOut > handedOut) paused = undefined
    handedOut = actor.handOver.handedOut
    paused ??= actor.holds.pausedUntil
    // Two that end at the same time end one after the other.
    return actor.now < paused || actor.holds.soonestPause <= paused || actor.handOver.comesInTime()
  }
}

/**
 * Reads show one at rest that does something else beside them, and that may be in a pause: a page that failed is asked for again when
 * its back-off is over. Where something is missing, such pauses pass before it is called lost.
 */
class PausesBeside {
  #until: number | undefined
  #over = false

  constructor(
    readonly director: Director,
    readonly actor: Actor,
  ) {}

  /** Asked where it looks quiet: has it to go on all the same? */
  async mayBringMore(): Promise<boolean> {
    const { actor, director } = this
    if (this.#until === undefined) {
      const { gates, pausedUntil } = actor.holds
      if (this.#over || pausedUntil <= actor.now || gates + actor.waits.count === 0) return false
      if (!(await director.options.owes(actor.index))) return false
      this.#until = pausedUntil
      // What failed once more pauses once more.
      this.#over = director.options.source.unmet() === undefined
      return true
    }
    if (actor.now < this.#until) return true
    this.#until = undefined
    actor.beginEpoch()
    return true
  }
}

/** It looks quiet, and something is missing that may be under way on another connection of its: true where something came. */
async function isOwedMore(director: Director, actor: Actor, silence: Silence): Promise<boolean> {
  const isAlone = () => director.options.source.whereabouts(actor.index).isAlone
  if (isAlone() || !(await silence.isMissing)) return false
  return actor.held ? director.move(actor, silence) : director.wait(actor, silence)
}

// ── what is pending in groups

/**
 * What is pending is not lost. An entry that a member of a group was given and has not acknowledged is owed to the group for as
 * long as a live member may still claim it: after an idle time, when a timer of the program's rings, or with its next round.
 *
 * So before anything of this kind is called lost, time passes for it. It is made as old as the program's own claims ask for, one
 * age after the other, and each time the consumers go through a whole round of reads. Where the program looks for what is
 * pending in that round, and takes what it finds, the entry is delivered like any other. Where it looks and does not take it, so often
 * that every page of the list has had its turn, its claim was due and has missed the entry. Where it does not look at all, a timer may
 * still ring: that is waited for in real time, for as long as the program's timers take, if it says so, else up to `CLAIM_MS`. The report
 * names the bound; where it is not the program's own, what is pending still may be claimed later.
 */

/** How long a claim is waited for that comes by a timer of the program's, in milliseconds, where nobody knows how long those take. */
const CLAIM_MS = 10_000
/** In parts, each with a round behind it: a loop may look at its clock only when its read has come back. */
const PARTS = [0.1, 0.2, 0.3, 0.4]
const BEAT_MS = 20
const BESIDE_MS = 300
/** So many rounds of claims that find nothing new are enough, beside one for each entry that is pending. */
const VAIN_ROUNDS = 3
/** A program that looks back for ever, and makes no headway. */
const MAX_ROUNDS = 1000

/** Lets one consumer come to rest once more. */
type Round = (actor: Actor) => Promise<unknown>

/** Gives what is pending every chance to be claimed, and tells of what is pending still. */
async function claimDebts(director: Director, actors: readonly Actor[], debts: GroupDebts, round: Round): Promise<void> {
  const { catchUpWithinMs } = director.options.rest
  const claims = await new Claims(director, actors, debts, round).settle()
  const pending = await debts.pending()
  const values = (which: (value: string) => boolean) => pending.flatMap((id) => director.values.identify({ id }).value ?? []).filter(which)
  const record = (of: readonly string[], more: object) => {
    if (of.length > 0) director.options.recorder.record({ type: 'pending', values: of, ...more })
  }
  record(
    // How the fence is acknowledged, nobody waits for.
    values((value) => value !== FENCE && director.wasDelivered(value)),
    {},
  )
  record(
    values((value) => !director.wasDelivered(value)),
    claims === 'missed' ? { claims } : { claims: 'none', withinMs: catchUpWithinMs ?? CLAIM_MS },
  )
}

class Claims {
  constructor(
    readonly director: Director,
    readonly actors: readonly Actor[],
    readonly debts: GroupDebts,
    readonly round: Round,
  ) {}

  /** How it came that something is pending still, if it is. */
  async settle(): Promise<'none' | 'missed'> {
    let least = Number.POSITIVE_INFINITY
    let vain = 0
    for (let rounds = 0; rounds < MAX_ROUNDS; rounds++) {
      const owed = await this.#owed()
      if (owed.size === 0) break
      if (owed.size < least) vain = 0
      least = Math.min(least, owed.size)
      const older = await this.debts.age(owed)
      const before = this.#gates
      if (!(await this.#looksBack())) return 'none'
      // It was looked for beside a read that waits on, and what comes of that takes its time.
      if (this.#gates === before) await this.#wait(BESIDE_MS, () => this.#gates > before)
      if (!older && ++vain > owed.size + VAIN_ROUNDS) break
    }
    return 'missed'
  }

  get #gates(): number {
    return this.actors.reduce((all, { gates }) => all + gates, 0)
  }

  /** What is pending, and nobody has delivered. */
  async #owed(): Promise<ReadonlySet<StreamId>> {
    const pending = await this.debts.pending()
    return new Set(
      pending.filter((id) => {
        const { value } = this.director.values.identify({ id })
        return value !== undefined && !this.director.wasDelivered(value)
      }),
    )
  }

  /** Has the program looked for what is pending, sooner or later? */
  async #looksBack(): Promise<boolean> {
    const before = this.debts.lookBacks
    const looked = () => this.debts.lookBacks > before
    await this.#rounds()
    if (looked()) return true
    const { catchUpWithinMs } = this.director.options.rest
    const ms = catchUpWithinMs === undefined ? (this.debts.waitedInVain ? 0 : CLAIM_MS) : untilCaughtUp(catchUpWithinMs)
    for (const part of PARTS) {
      if (ms > 0) await this.#wait(ms * part, looked)
      await this.#rounds()
      if (looked()) return true
    }
    this.debts.waitedInVain = true
    return false
  }

  async #rounds(): Promise<void> {
    for (const actor of this.actors) {
      if (actor.closed) continue
      actor.beginEpoch()
      await this.round(actor)
    }
  }

  /** In turns of the event loop, as the watchdog counts, and for the same reason. */
  #wait(ms: number, over: () => boolean): Promise<void> {
    const { watchdog } = this.director.options
    return new Promise((resolve) => {
      let left = Math.ceil(ms / BEAT_MS)
      const stop = heartbeat(BEAT_MS, () => {
        watchdog.touch()
        if (--left > 0 && !over()) return
        stop()
        resolve()
      })
    })
  }
}
