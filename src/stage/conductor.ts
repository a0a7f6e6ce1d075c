/** Moves the actors of one run: the consumers, the producer and the faults. See run.ts for the order of things. */
import type { StreamId } from '../contract/stream-id.js'
import type { StreamRepository } from '../contract/stream-repository.js'
import type { Recorder } from '../history/recorder.js'
import { Faults, withFaults } from '../sources/repository/faults.js'
import { type AdvanceStep, ELSEWHERE, type Step, type WireStep, changesFrom, isProducerStep, isWireStep } from '../schedule/step.js'
import type { SessionStart } from '../history/event.js'
import { ConsumerSession } from './consumer-session.js'
import { drain, promiseOf } from './drain.js'
import { Divergence, type Stall } from './endings.js'
import { Producer } from './producer.js'
import type { RunOptions } from './run.js'
import { wireFaultEvent } from './session-events.js'
import { sessionSource } from './session-source.js'
import { stallOf } from './stall.js'
import { Values } from './values.js'
import { describeGate, isAt, listens, mustMove, whereabouts } from './whereabouts.js'
import type { Watchdog } from './watchdog.js'

/** Gates that a consumer may come to on its way to the one that a step names. */
const MAX_GATES_PER_STEP = 200
/** One that waits for messages may come to no gate at all: nothing is said of it then, so little is lost by giving up early. */
const MESSAGE_PATIENCE_MS = 2000

export class Conductor {
  readonly sessions: ConsumerSession[] = []
  readonly producer: Producer
  stepIndex = -1
  readonly #all: ConsumerSession[] = []
  readonly #values: Values
  readonly #faults = new Faults()
  readonly #repository: StreamRepository
  readonly #topic: string
  #moving: ConsumerSession | undefined

  constructor(
    readonly options: RunOptions,
    readonly recorder: Recorder,
    readonly watchdog: Watchdog,
    readonly fail: (error: unknown) => void,
  ) {
    const { store, opened, subject, schedule } = options
    this.#topic = store.topic('run')
    this.#values = new Values(subject.payload)
    const fails = schedule.steps.some((step) => 'fail' in step)
    this.#repository = fails ? withFaults(opened.repository, this.#faults) : opened.repository
    this.producer = new Producer({
      store,
      opened,
      repository: this.#repository,
      topic: this.#topic,
      recorder,
      values: this.#values,
      someoneBlocked: () => this.sessions.some((session) => session.blocked),
    })
    for (let index = 0; index < (schedule.consumers ?? 1); index++) this.#open(index, subject.startsAt ?? 'tail')
  }

  /** @throws Divergence, after the drain: what was appended until then is judged all the same. */
  async perform(): Promise<void> {
    const diverged = await this.#steps()
    this.recorder.record({ type: 'drain' })
    await drain(this)
    if (diverged !== undefined) throw diverged
    const [unmet] = this.#faults.pending
    if (unmet !== undefined) throw new Divergence(`a call of ${unmet} that fails`, 'no such call was made')
    const unmetOnWire = this.options.opened.unmet?.()
    if (unmetOnWire !== undefined) throw new Divergence(unmetOnWire, 'no such reply came')
  }

  async #steps(): Promise<Divergence | undefined> {
    const { steps } = this.options.schedule
    try {
      for (this.stepIndex = 0; this.stepIndex < steps.length; this.stepIndex++) {
        this.recorder.record({ type: 'step', index: this.stepIndex })
        await this.#step(steps[this.stepIndex]!, steps)
      }
    } catch (error) {
      if (error instanceof Divergence) return error
      throw error
    }
    return undefined
  }

  /** Moves one consumer one gate on. Async functions on the way would each be a turn or three at every gate. */
  advance(session: ConsumerSession, patienceMs?: number): Promise<void> {
    this.watchdog.touch(patienceMs)
    mustMove(session)
    this.#moving = session
    return session.advance()
  }

  /** After something was appended: the reads that it served come back. */
  async settleServed(): Promise<void> {
    this.watchdog.touch()
    for (const session of this.sessions) await session.settleIfServed()
  }

  /** One more entry at quiescence, and the reads that it served. */
  async fence(): Promise<void> {
    this.#moving = undefined
    await this.producer.fence()
    await this.settleServed()
  }

  async witness(): Promise<void> {
    const entries = await this.options.store.scan(this.#topic)
    this.recorder.record({
      type: 'witness',
      entries: entries.map(({ id, fields }) => {
        const value = this.#values.inFields(id, fields)
        return value === undefined ? { id } : { id, value }
      }),
    })
  }

  async tearDown(): Promise<boolean> {
    let clean = true
    for (const session of this.#all) clean = (await session.tearDown()) && clean
    await this.options.store.discard([this.#topic, this.#topic + ELSEWHERE])
    return clean
  }

  stallNow(): Stall | Divergence {
    return stallOf(this.#moving, this.sessions, this.options.opened, (session) => promiseOf(this.recorder, session)())
  }

  #step(step: Step, steps: readonly Step[]): Promise<void> | undefined {
    this.watchdog.touch()
    this.#moving = undefined
    if ('advance' in step) return this.#advance(step)
    if (isProducerStep(step)) return this.producer.step(step).then(() => this.settleServed())
    if ('fail' in step) {
      this.#faults.arm(step.fail, step.times, step.after)
      this.recorder.record({
        type: 'fault-armed',
        what: step.fail,
        times: step.times,
        ...(step.after === undefined ? {} : { after: step.after }),
      })
      return undefined
    }
    if (isWireStep(step)) return this.#onWire(step)
    if ('expire' in step) return this.#expire(this.#session(step.expire))
    if ('abort' in step) return this.#abort(this.#session(step.abort))
    if ('restart' in step) return this.#restart(this.#session(step.restart), step.from)
    return this.#disconnect(this.#session(step.disconnect), steps)
  }

  #onWire(step: WireStep): undefined {
    const { opened } = this.options
    if (opened.arm === undefined) throw new Divergence('a subject behind the wire probe', 'this one is called directly')
    opened.arm(step)
    this.recorder.record(wireFaultEvent(step))
  }

  #advance(step: AdvanceStep): Promise<void> {
    const session = this.#session(step.advance)
    return step.to === undefined && !session.closed ? this.advance(session) : this.#advanceTo(session, step)
  }

  async #advanceTo(session: ConsumerSession, step: AdvanceStep): Promise<void> {
    const wanted = `consumer ${step.advance} at ${step.to ?? 'its next gate'}${step.outcome === undefined ? '' : ` (${step.outcome})`}`
    for (let gates = 0; gates < MAX_GATES_PER_STEP; gates++) {
      if (session.closed) throw new Divergence(wanted, `it had ended (${describeGate(session.at!)})`)
      await this.advance(session, listens(session, this.options.opened) ? MESSAGE_PATIENCE_MS : undefined)
      if (step.to === undefined || session.came.some((each) => isAt(each, step))) return
    }
    throw new Divergence(wanted, `it came to ${MAX_GATES_PER_STEP} others without it, the last of them ${describeGate(session.at!)}`)
  }

  async #expire(session: ConsumerSession): Promise<void> {
    if (!session.blocked) throw new Divergence(`consumer ${session.index} blocked in a read`, `it was at ${whereabouts(session)}`)
    await this.advance(session)
  }

  async #abort(session: ConsumerSession): Promise<void> {
    if (!session.started || session.closed) throw new Divergence(`consumer ${session.index} running`, `it was at ${whereabouts(session)}`)
    this.#moving = session
    await session.abort()
  }

  async #restart(session: ConsumerSession, from: 'last-id' | 'tail'): Promise<void> {
    if (session.started && !session.closed) await this.#abort(session)
    const last = session.handOver.last ?? session.from
    if (from === 'last-id' && last !== undefined) this.#open(session.index, 'id', last)
    else this.#open(session.index, this.options.subject.startsAt ?? 'tail')
  }

  /** The cut and the producer's steps that follow directly are one transaction: nothing can come between them. */
  async #disconnect(session: ConsumerSession, steps: readonly Step[]): Promise<void> {
    if (!session.blocked) throw new Divergence(`consumer ${session.index} blocked in a read`, `it was at ${whereabouts(session)}`)
    const following = changesFrom(steps, this.stepIndex + 1)
    this.stepIndex += following.length
    const prepared = (await Promise.all(following.map((step) => this.producer.prepare(step)))).flat()
    this.#moving = session
    const ids = await session.cut(prepared.map(({ command }) => command))
    const adds = ids.filter((id) => id !== undefined)
    for (const { command, done } of prepared) done(command.kind === 'add' ? adds.shift() : undefined)
    await this.producer.notifyAppended()
    await session.settle()
    this.#moving = undefined
    await this.settleServed()
  }

  #session(index: number): ConsumerSession {
    const session = this.sessions[index]
    if (session === undefined) throw new Divergence(`consumer ${index}`, `the schedule has ${this.sessions.length}`)
    return session
  }

  #open(index: number, start: SessionStart, from?: StreamId): void {
    const { opened, subject, schedule } = this.options
    const source = sessionSource(
      {
        subject,
        repository: this.#repository,
        topic: this.#topic,
        ...(opened.arm === undefined ? { only: this.#topic } : {}),
        read: schedule.read,
        status: async () => this.producer.status,
        identify: this.#values.identify.bind(this.#values),
      },
      start,
      from,
    )
    const number = this.#all.filter((session) => session.index === index).length
    const session = new ConsumerSession({
      index,
      session: number,
      start,
      opened,
      source,
      recorder: this.recorder,
      patience: this.options.patience,
      onError: this.fail,
      ...(from === undefined ? {} : { from }),
    })
    this.sessions[index] = session
    this.#all.push(session)
  }
}
