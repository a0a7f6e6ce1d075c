/**
 * Performs the steps of a schedule: moves the consumers, the producer and the faults, one at a time. See stage.ts for the order
 * of things.
 */
import type { StreamId } from '../contract/stream-id.js'
import { inTime, secondsText } from '../clock/clock.js'
import { type RawEntry, type Store, lackOf } from '../dialects/store.js'
import type { Words } from '../dialects/words.js'
import type { HistoryEvent } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import type { Schedule } from '../schedule/schedule.js'
import {
  type AdvanceStep,
  type DisconnectStep,
  type FailStep,
  type LeaveStep,
  type ProducerStep,
  type RestartStep,
  type Step,
  type WireStep,
  changesWith,
  describeStep,
  isProducerStep,
} from '../schedule/step.js'
import type { Mismatch, SessionContext, SessionStart, Source } from '../sources/source.js'
import { Actor, describeGate, isAt, whereabouts } from './actor.js'
import type { Chooser } from './chooser.js'
import { Client, type HandedId } from './client.js'
import { Divergence, Stall } from './endings.js'
import type { Patience } from './hand-over.js'
import { Producer } from './producer.js'
import { type Making, Values } from './values.js'
import type { Watchdog } from './stage.js'
import { OWN_TIMERS } from '../oracle/check.js'
import { type Rest, Silence } from './rest.js'

/** Gates that a consumer may come to on its way to the one that a step names. */
const MAX_GATES_PER_STEP = 200

/** Said of one that does not move because it does. */
export const WAITS_FOR_MESSAGE = 'waits for a message of a channel'
/** The same of one that asks for nothing. */
export const MAY_WAKE = 'it asks for nothing, and a timer of its own may still ring'
/** Of one that is owed nothing yet. */
const PROMISED_NOTHING = 'has promised nothing (a line that does can be named: --announce)'
const NOT_ANNOUNCED = 'has not announced that it is ready (is it the right line that --announce names?)'
const WAITS_IN_PROCESS = 'it waits in the process, and nothing that the others did has brought it there'

/** Said of one that has no call under way, and comes to no gate. */
const OF_ITS_OWN =
  'it waits for something that is no call to the repository it was given: a client of its own (that is for tailrace wire), or a promise that never settles'

/** Said of one that does not end when it is told to, while others are held. */
const FOR_ANOTHER =
  'it was told to end, and waits for something that is no call to the repository it was given: what another consumer holds, such as a lock, cannot be told from a promise that never settles'

/** So long an append has to come back once nothing waits in the store any more. */
const HELD_UP_MS = 1000

export interface DirectorOptions {
  readonly store: Store
  readonly source: Source
  readonly schedule: Schedule
  /** Goes on where the steps of the schedule end. */
  readonly chooser: Chooser | undefined
  readonly startsAt: 'tail' | 'beginning'
  /** What to append, and to whom it is owed. */
  readonly making: Making | undefined
  readonly patience: Patience | undefined
  readonly idling: Patience | undefined
  readonly rest: Rest
  /** Is something that is in the log still owed by this consumer? */
  readonly owes: (consumer: number) => Promise<boolean>
  readonly recorder: Recorder
  readonly watchdog: Watchdog
  /** The run cannot go on. */
  readonly fail: (error: unknown) => void
}

export class Director {
  /** The last session of each consumer. */
  readonly actors: Actor[] = []
  readonly producer: Producer
  readonly topic: string
  /** The step that is performed now, from 0. */
  stepIndex = -1
  /** Those of the schedule, and what was chosen behind them. */
  readonly performed: Step[]
  readonly values: Values
  /** The steps are over: a consumer that has come to rest is to meet the fence. */
  drains = false
  readonly #all: Actor[] = []
  readonly #context: SessionContext
  #moving: Actor | undefined
  /** The store has been told to refuse what is appended. */
  #refuses = false
  #scanned: Promise<readonly RawEntry[]> | undefined

  constructor(readonly options: DirectorOptions) {
    const { store, source, schedule, recorder, startsAt } = options
    this.performed = [...schedule.steps]
    this.topic = store.topic('run')
    this.values = new Values(options.making, schedule.consumers ?? 1)
    this.producer = new Producer({
      store,
      source,
      topic: this.topic,
      recorder,
      values: this.values,
      someoneBlocked: () => this.actors.some((actor) => actor.blocked),
      watchdog: this.options.watchdog,
    })
    this.#context = { topic: this.topic, read: schedule.read, status: async () => this.producer.status }
    for (let index = 0; index < (schedule.consumers ?? 1); index++) this.#open(index, { start: startsAt })
  }

  /** Gives the divergence that ended them early, if one did: what was appended until then is judged all the same. */
  async steps(): Promise<Divergence | undefined> {
    const { chooser, recorder } = this.options
    const steps = this.performed
    try {
      for (this.stepIndex = 0; ; this.stepIndex++) {
        if (this.stepIndex === steps.length && chooser !== undefined) steps.push(...chooser.next({ consumers: this.actors }))
        if (this.stepIndex === steps.length) break
        recorder.record({ type: 'step', index: this.stepIndex })
        await this.#step(steps[this.stepIndex]!)
      }
    } catch (error) {
      if (error instanceof Divergence) return error
      throw error
    } finally {
      if (this.#refuses) await this.#refuseNoMore()
    }
    return undefined
  }

  /**
   * Moves one consumer one gate on. Async functions on the way would each be a turn or three at every gate.
   * @param kept so many of the gates that it is held at, the oldest, stay held.
   */
  advance(actor: Actor, kept = 0): Promise<void> {
    this.options.watchdog.touch()
    if (kept > 0) mustBeHeldBeside(actor, kept)
    if (actor.holds.count === 0 && actor.waits.forEver)
      throw new Divergence(
        `consumer ${actor.index} at another gate`,
        `its read waits without a time-out${this.options.store.dialect.words.forEver}`,
      )
    this.#moving = actor
    return this.actors.length === 1 ? actor.advance(kept) : this.#advanceBesideOthers(actor, kept)
  }

  async #advanceBesideOthers(actor: Actor, kept: number): Promise<void> {
    await actor.advance(kept)
    await this.#settleWoken()
  }

  /** What one does may be what another waits for in the process: what comes of that belongs to the same move. */
  async #settleWoken(): Promise<void> {
    for (let woken = true; woken; ) {
      woken = false
      for (const actor of this.actors) {
        // One that has come to a gate since is no longer told by that it waits.
        if (!actor.waitsInProcess && !actor.isLate) continue
        await actor.settleWoken()
        woken ||= !actor.waitsInProcess
      }
    }
  }

  /** Can anybody else move, or does the store move what somebody has left behind? */
  #othersMove(actor: Actor): boolean {
    return this.readsAreLeft || this.actors.some((other) => other !== actor && !other.closed && !other.waitsInProcess)
  }

  /** What a session has left behind, such as a reader for all, waits in the store. */
  get readsAreLeft(): boolean {
    return this.#all.some(({ closed, blocked }) => closed && blocked)
  }

  /** The waits of reads that are left behind time out now. Nobody else ends them, for nobody moves a session that has ended. */
  async endReadsLeft(): Promise<void> {
    for (const { closed, waits } of this.#all) if (closed && !(waits.first?.forEver ?? true)) await waits.first!.expire()
    await this.#settleWoken()
  }

  /** Do others, those included that have ended, have something that this one has not handed out? */
  lacks(actor: Actor): boolean {
    return this.#all.some((other) => actor.handOver.lacks(other.handOver))
  }

  /** The same of one of which only silence may tell that it is at rest: false where it is. */
  move(actor: Actor, silence: Silence, kept = 0): Promise<boolean> {
    const { source, watchdog } = this.options
    const mayRest = () => actor.promised && source.whereabouts(actor.index).restsUntold
    return silence
      .until(this.advance(actor, kept), mayRest, () => watchdog.touch())
      .then((came) => {
        if (!came) actor.rest()
        return came
      })
  }

  /** Lets real time pass, and nothing else, until something comes of it: false where it is at rest before that. */
  wait(actor: Actor, silence: Silence): Promise<boolean> {
    this.#moving = actor
    return silence.until(
      actor.comes(),
      () => true,
      () => this.options.watchdog.touch(),
    )
  }

  /** Undefined of one in this process, of which all is seen. */
  silenceOf(actor: Actor): Silence | undefined {
    const { rest, owes, source } = this.options
    if (source.inProcess) return undefined
    return new Silence({ rest, consumer: actor, isMissing: () => owes(actor.index) })
  }

  /** It has promised delivery, and is told of entries by messages of a channel. */
  listens(actor: Actor): boolean {
    const { source } = this.options
    return source.notifies && actor.promised && source.whereabouts(actor.index).listens
  }

  /** It may come by what is missing through a timer of its own: it listens, or another of its connections has still to ask. */
  mayCatchUp(actor: Actor): boolean {
    if (this.listens(actor)) return true
    // Once it has handed out the fence it may or may not have asked again, and there is nothing that it would have to ask for.
    return !actor.fenced && this.options.source.whereabouts(actor.index).isBehind
  }

  /** Has any session handed it out? */
  wasDelivered(value: string): boolean {
    return this.#all.some(({ handOver }) => handOver.hasHandedOut(value))
  }

  /** One more entry at quiescence, and the reads that it served. */
  async fence(): Promise<void> {
    this.#moving = undefined
    await this.producer.fence()
    await this.#settleServed()
  }

  /** True where every consumer ended after it was told to. */
  async tearDown(): Promise<boolean> {
    // Together: one may wait for another.
    const ended = await Promise.all(this.#all.map((actor) => actor.tearDown()))
    const clean = ended.every(Boolean)
    await this.options.store.discard(this.producer.topics)
    return clean
  }

  /** What the witness sees of the topic: once, at the end. */
  scan(): Promise<readonly RawEntry[]> {
    return (this.#scanned ??= this.options.store.scan(this.topic))
  }

  /** A request of the one that moves is kept back, by us, for what else is to come of it first: that ends by itself. */
  get keepsBack(): boolean {
    return this.#moving !== undefined && this.options.source.whereabouts(this.#moving.index).isQueued
  }

  /** What the run says of itself when nothing moves any more. */
  async stallNow(): Promise<Stall | Divergence> {
    const actor = this.#moving
    return actor === undefined ? this.#unproduced() : (this.#unseen(actor) ?? (await this.#unsettled(actor)) ?? this.#stuck(actor))
  }

  /** The producer's step has not returned. Who is to blame for that shows only where it does once no read waits any more. */
  async #unproduced(): Promise<Stall | Divergence> {
    const { producer } = this
    const { pending } = producer
    if (pending === undefined) return new Divergence("the producer's step to return", `the store had not answered after ${this.#patience}`)
    producer.over = true
    const { what, name, settled } = pending
    const waiting = this.actors.flatMap(({ waits }) => waits.waiting)
    // What comes into the store behind this is our doing.
    await this.scan()
    for (const { blocked } of waiting) await blocked?.expire()
    if (waiting.length > 0 && (await settles(settled)))
      return new Stall(`${what} is held up by a read that is blocked: it came back once that read was ended`)
    return new Divergence(`${what} to return`, `${name} ${this.#unanswered}`)
  }

  /**
   * A call of its own does not settle, and that is no fault of what it does with the stream: only of a read it is said when it comes back.
   * Or none is under way, and what it waits for cannot be seen.
   */
  async #unsettled(actor: Actor): Promise<Divergence | undefined> {
    const { source } = this.options
    const { names } = source
    if (names.consumer === undefined) return undefined
    const diverged = (came: string) => new Divergence(`consumer ${actor.index} at its next gate`, came)
    const { unanswered, waitsElsewhere, signal } = actor
    for (const call of unanswered)
      if (call.kind !== 'read') return diverged(`${call.kind === 'tail' ? names.consumer.tail : call.name} ${this.#unanswered}`)
    if (!waitsElsewhere && unanswered.size === 0) {
      if (!signal.aborted) return diverged(OF_ITS_OWN)
      return this.#othersMove(actor) ? diverged(FOR_ANOTHER) : undefined
    }
    const { read } = names.consumer
    const failure = await source.failedToConnect()
    if (failure !== undefined) return diverged(`${read} ${this.#unanswered}, and a connection failed: ${failure}`)
    const hadAnswer = this.producer.hadAnswer || this.#all.some((each) => each.hadAnswer)
    return hadAnswer ? undefined : diverged(`${read} ${this.#unanswered}, and no other call has come back before`)
  }

  get #patience(): string {
    const { patienceMs, longestMs } = this.options.watchdog
    const longest = `${secondsText(longestMs)} (watchdogMs gives it longer)`
    return patienceMs === longestMs ? longest : `${secondsText(patienceMs)}, and one like it had not after ${longest}`
  }

  get #unanswered(): string {
    return `had not settled after ${this.#patience}`
  }

  /** Nothing was seen of it, and that need not be its fault. */
  #unseen(actor: Actor): Divergence | undefined {
    const { index, at } = actor
    const { source, rest } = this.options
    const { unseen, listens, unheld, asks } = source.whereabouts(index)
    // One that announces comes to a gate by that, and none of what it asks for need have come here.
    if ((at === undefined || (!actor.hasCalled && !listens)) && unseen !== undefined)
      return new Divergence(`consumer ${index} at its first gate`, unseen)
    const elsewhere = `consumer ${index} at another gate`
    if (listens) {
      const owes = actor.promised ? '' : `${source.announces ? NOT_ANNOUNCED : PROMISED_NOTHING}, and `
      return new Divergence(elsewhere, `it ${owes}${WAITS_FOR_MESSAGE}`)
    }
    if (unheld !== undefined) return new Divergence(elsewhere, unheld)
    // Nothing of it is under way, so it sleeps, for all that can be seen.
    const sleeps = !source.inProcess && !asks && actor.unanswered.size === 0 && rest.catchUpWithinMs === undefined
    return sleeps
      ? new Divergence(elsewhere, `${MAY_WAKE} (waited ${secondsText(this.options.watchdog.patienceMs)}): ${OWN_TIMERS}`)
      : undefined
  }

  #stuck(actor: Actor): Stall | Divergence {
    const { index, waits, waitsElsewhere } = actor
    const name = index === 0 ? 'the consumer' : `consumer ${index}`
    if (waits.waitsOn) {
      return new Stall(
        `${name}'s read timed out empty, and waits again instead of ending: a readMessages that never ends has no read cycles to hold (such a port is for the wire probe)`,
        index,
      )
    }
    if (waits.late) {
      return new Divergence(
        `${name} at its next gate`,
        `its read with a time-out of 0 ${this.#unanswered}, though the wait in the store had been ended: a reader that its repository keeps for all cannot be told from a wait of its own`,
      )
    }
    const other = this.actors.find((each) => each !== actor && each.blocked)
    if (waitsElsewhere && other !== undefined) {
      return new Divergence(
        `${name} at its next gate`,
        `its read waits in the process while that of consumer ${other.index} waits in the store: a read that they share cannot be told from one that hangs`,
      )
    }
    if (waitsElsewhere && actor.blocked) {
      return new Divergence(
        `${name} at its next gate`,
        'one of its calls is still on its way while a read of its own waits in the store: it may wait for that one, and cannot be told from one that hangs',
      )
    }
    return new Stall(`${name} never came to another gate after ${whereabouts(actor)}`, index)
  }

  #step(step: Step): Promise<void> | undefined {
    this.#moving = undefined
    const lack = lackOf(this.options.store, step)
    if (lack !== undefined) throw new Divergence(describeStep(step), lack)
    if ('advance' in step) return this.#advance(step)
    this.options.watchdog.touch()
    if (isProducerStep(step)) return this.#produce(step)
    if ('expire' in step) return this.#expire(this.#actor(step.expire))
    if ('abort' in step) return this.#abort(this.#actor(step.abort))
    if ('leave' in step) return this.#leave(this.#actor(step.leave), step)
    if ('restart' in step) return this.#restart(this.#actor(step.restart), step)
    if ('disconnect' in step) return this.#disconnect(this.#actor(step.disconnect), step)
    return 'fail' in step && step.by !== undefined ? this.#refuse(step) : this.#arm(step)
  }

  async #refuse(step: FailStep): Promise<void> {
    const { store, recorder } = this.options
    if (step.fail !== 'append') throw new Divergence(describeStep(step), 'a store refuses appends alone')
    await store.refuse!(this.topic, step.times)
    this.#refuses = true
    recorder.record(armed(step, store.dialect.words))
  }

  /** Only what the producer does next is refused, or a store that nobody has written to would be left so. */
  async #refuseNoMore(): Promise<void> {
    this.#refuses = false
    await this.options.store.refuse!(this.topic, 0)
  }

  #arm(step: FailStep | WireStep): undefined {
    const { store, source, recorder } = this.options
    diverged(source.arm(step, this.topic) ?? undefined)
    recorder.record(armed(step, store.dialect.words))
  }

  async #produce(step: ProducerStep): Promise<void> {
    await this.producer.step(step)
    if (this.#refuses) await this.#refuseNoMore()
    const settled = this.#settleServed()
    if (settled !== undefined) await settled
  }

  /** After something was appended: the reads that it served come back. */
  #settleServed(): Promise<void> | undefined {
    this.options.watchdog.touch()
    const [only] = this.actors
    return this.actors.length === 1 ? only!.settleIfServed() : this.#settleEach()
  }

  async #settleEach(): Promise<void> {
    for (const actor of this.actors) {
      const settled = actor.settleIfServed()
      if (settled !== undefined) await settled
    }
    await this.#settleWoken()
  }

  #advance(step: AdvanceStep): Promise<void> {
    const actor = this.#actor(step.advance)
    const atOnce = step.to === undefined && !actor.closed && this.options.source.inProcess
    return atOnce ? this.advance(actor, step.held) : this.#advanceTo(actor, step)
  }

  async #advanceTo(actor: Actor, step: AdvanceStep): Promise<void> {
    const wanted = () =>
      `consumer ${step.advance} at ${step.to ?? 'its next gate'}${step.outcome === undefined ? '' : ` (${step.outcome})`}`
    const { held = 0 } = step
    if (held === 0 && actor.takes(step)) return
    const silence = this.silenceOf(actor)
    for (let gates = 0; gates < MAX_GATES_PER_STEP; gates++) {
      if (actor.closed) throw new Divergence(wanted(), `it had ended (${describeGate(actor.at!)})`)
      if (silence === undefined) await this.advance(actor, held)
      else if (!(await this.move(actor, silence, held))) {
        // One that is told of entries waits for a message as others wait in a read.
        if (step.to === 'blocked') return
        throw new Divergence(wanted(), `it ${WAITS_FOR_MESSAGE}`)
      }
      if (step.to === undefined || actor.came.some((each) => isAt(each, step))) return
      if (actor.waitsInProcess && (await this.#wakes(actor, step))) return
    }
    if (actor.waitsInProcess) throw new Divergence(wanted(), WAITS_IN_PROCESS)
    throw new Divergence(wanted(), `it came to ${MAX_GATES_PER_STEP} others without it, the last of them ${describeGate(actor.at!)}`)
  }

  /** Moves another in its place: what it waits for, it gets from there. True where it has come to the gate. */
  async #wakes(actor: Actor, step: AdvanceStep): Promise<boolean> {
    const other = this.actors.find((each) => each !== actor && !each.closed && !each.waitsInProcess)
    if (other !== undefined) await this.advance(other)
    return actor.takes(step)
  }

  async #expire(actor: Actor): Promise<void> {
    mustBeBlocked(actor)
    await this.advance(actor)
  }

  async #abort(actor: Actor): Promise<void> {
    if (!actor.started || actor.closed) throw new Divergence(`consumer ${actor.index} running`, `it was at ${whereabouts(actor)}`)
    this.#moving = actor
    await actor.abort()
  }

  async #leave(actor: Actor, step: LeaveStep): Promise<void> {
    if (!this.options.source.inProcess)
      throw new Divergence(describeStep(step), 'a client of a program on the wire leaves with its connection: abort()')
    if (!actor.handlesFrame)
      throw new Divergence(`consumer ${actor.index} with a client that handles a frame`, `it was at ${whereabouts(actor)}`)
    this.#moving = actor
    await actor.leave()
    if (this.actors.length > 1) await this.#settleWoken()
  }

  async #restart(actor: Actor, { from, back }: RestartStep): Promise<void> {
    if (actor.started && !actor.closed) await this.#abort(actor)
    const { startsAt, store, source } = this.options
    const client = new Client(store.dialect.ids, source.saysResumeIds, actor.handed)
    if (back !== undefined) this.#setBack(actor.index, client, back)
    else if (from === 'tail') this.#open(actor.index, { start: startsAt })
    // One that has not begun yet begins as it was to.
    else this.#open(actor.index, actor.started ? client.comesBack(startsAt) : actor.start, client.handed)
  }

  /** What it is handed from now on it is handed as it was then. */
  #setBack(index: number, client: Client, back: number): void {
    const older = client.before(back)
    if (older === undefined) {
      const { olderIds } = client
      const had = olderIds === 0 ? 'none' : `only ${olderIds}`
      throw new Divergence(`consumer ${index} with a client that had ${back} older ${back === 1 ? 'id' : 'ids'}`, `its client had ${had}`)
    }
    const { from } = older.comesBack(this.options.startsAt)
    this.#open(index, { start: 'id', from: from!, back }, older.handed)
  }

  /** The cut and the producer's steps that follow directly are one transaction: nothing can come between them. */
  async #disconnect(actor: Actor, step: DisconnectStep): Promise<void> {
    // What comes back of one that is told of entries is held before it can hear of those that follow.
    if (!actor.blocked && !actor.held && this.listens(actor)) return this.#arm({ connections: actor.index, are: 'cut' })
    mustBeBlocked(actor)
    const following = changesWith(step, this.performed.slice(this.stepIndex + 1))
    this.stepIndex += following.length
    const prepared = await this.producer.prepare(following)
    // Its time may really have run out meanwhile.
    mustBeBlocked(actor)
    this.#moving = actor
    const ids: readonly (StreamId | undefined)[] = await actor.cut(prepared.map(({ command }) => command))
    const adds = ids.filter((id) => id !== undefined)
    for (const { command, done } of prepared) done(command.kind === 'add' ? adds.shift() : undefined)
    await this.producer.notifyAppended()
    await actor.settleCut()
    this.#moving = undefined
    await this.#settleServed()
  }

  #meetsSomething(consumer: number): boolean {
    const { chooser } = this.options
    const isChosen = chooser !== undefined && this.stepIndex + 1 === this.performed.length
    return isChosen ? chooser.lingers(consumer) : meetsSomething(this.performed, this.stepIndex, consumer)
  }

  #actor(index: number): Actor {
    const actor = this.actors[index]
    if (actor === undefined) throw new Divergence(`consumer ${index}`, `the schedule has ${this.actors.length}`)
    return actor
  }

  /** @param handed to a client that comes back. */
  #open(index: number, start: SessionStart, handed: readonly HandedId[] = []): void {
    const { store, source, recorder, patience, idling, schedule, fail } = this.options
    const actor: Actor = new Actor({
      index,
      session: this.#all.filter((each) => each.index === index).length,
      start,
      source,
      context: this.#context,
      recorder,
      values: this.values,
      ids: store.dialect.ids,
      handed,
      patience,
      idling,
      othersMove: source.inProcess && (schedule.consumers ?? 1) > 1 ? () => this.#othersMove(actor) : undefined,
      promised: this.actors[index]?.promised ?? false,
      lingers: () => (this.drains ? actor.empties > 0 : this.#meetsSomething(index)),
      onError: fail,
    })
    this.actors[index]?.supersede()
    this.actors[index] = actor
    this.#all.push(actor)
  }
}

const settles = (call: Promise<unknown>): Promise<boolean> =>
  inTime(
    HELD_UP_MS,
    () => call,
    (after) => new Error(after),
  ).then(
    () => true,
    () => false,
  )

/** How a history says that a fault was armed, or what it did at once. */
function armed(step: FailStep | WireStep, words: Words): HistoryEvent {
  if ('fail' in step)
    return {
      type: 'fault-armed',
      what: step.fail,
      times: step.times,
      ...(step.after === undefined ? {} : { after: step.after }),
      ...(step.by === undefined ? {} : { by: step.by }),
    }
  if ('acknowledgement' in step) return { type: 'fault-armed', what: 'append', times: 1, after: 1 }
  const consumer = consumerOf(step)
  return 'connections' in step && step.are === 'cut'
    ? { type: 'disconnected', consumer }
    : { type: 'wire-fault', consumer, what: describeStep(step, words) }
}

const consumerOf = (step: Exclude<WireStep, { readonly acknowledgement: unknown }>): number =>
  'reply' in step ? step.reply : 'slow' in step ? step.slow : step.connections

/** Does something happen to a read that this consumer sends in this step, before the schedule wants it to time out? */
function meetsSomething(steps: readonly Step[], at: number, consumer: number): boolean {
  const now = steps[at]
  if (now !== undefined && 'advance' in now && now.to !== undefined && now.to !== 'blocked') return false
  for (const next of steps.slice(at + 1)) {
    if (isProducerStep(next)) return !('finish' in next)
    if (consumer === endedBy(next)) return true
    if (('advance' in next && next.advance === consumer) || 'expire' in next) return false
  }
  return false
}

/** Whose session this step ends, if any. */
const endedBy = (step: Step): number | undefined =>
  'abort' in step ? step.abort : 'leave' in step ? step.leave : 'restart' in step ? step.restart : undefined

/** @throws Divergence where it is not. */
function mustBeBlocked(actor: Actor): void {
  if (!actor.blocked) throw new Divergence(`consumer ${actor.index} blocked in a read`, `it was at ${whereabouts(actor)}`)
}

/** @throws Divergence where nothing is left to go before these gates, the oldest that it is held at. */
function mustBeHeldBeside(actor: Actor, kept: number): void {
  if (actor.choices > kept) return
  const { gates } = actor.holds
  throw new Divergence(
    `consumer ${actor.index} with something that goes before its ${kept === 1 ? 'oldest gate' : `${kept} oldest gates`}`,
    gates === 0
      ? `it was held at none (${whereabouts(actor)})`
      : `it was held at ${gates === 1 ? 'one' : gates} (${whereabouts(actor)}), and nothing else could go`,
  )
}

/** @throws Divergence where there is a mismatch. */
export function diverged(mismatch: Mismatch | undefined): void {
  if (mismatch !== undefined) throw new Divergence(mismatch.expected, mismatch.came)
}
