/** The producer's steps: appends through the subject's own adapter, and changes made past it, by the harness. */
import { alarm } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import { type Json, isUnknownOutcome } from '../contract/stream-repository.js'
import { FENCE } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import { type AppendStep, ELSEWHERE, type ProducerStep } from '../schedule/step.js'
import type { RawCommand, RawFields, Store } from '../dialects/store.js'
import type { Source } from '../sources/source.js'
import { textOf } from './actor.js'
import { Divergence, Stall } from './endings.js'
import { POISON, type Values } from './values.js'

export interface ProducerOptions {
  readonly store: Store
  readonly source: Source
  readonly topic: string
  readonly recorder: Recorder
  readonly values: Values
  /** Does a consumer wait in the store? An append could then be held up behind it. */
  readonly someoneBlocked: () => boolean
  /** A call has settled: a step of many calls may take as long for each. */
  readonly watchdog: { touch(): void }
}

/** A call of the subject's publisher that has not settled. */
export interface Pending {
  /** What it is for: `append s1`. */
  readonly what: string
  /** What the subject calls it: `sendData()`. */
  readonly name: string
  readonly settled: Promise<unknown>
}

/** A change that is ready to be executed in one go, and how to record that it was. */
export interface Prepared {
  readonly command: RawCommand
  /** Of an append: what it is called. */
  readonly value?: string
  done(id: StreamId | undefined): void
  /** The store would not have it. */
  rejected?(error: unknown): void
}

export class Producer {
  status: 'running' | 'done' = 'running'
  pending: Pending | undefined
  /** A call of the subject's publisher has settled. */
  hadAnswer = false
  /** The run is given up: what still comes back is only looked at. */
  over = false
  readonly #options: ProducerOptions
  readonly #unnotified: string[] = []
  #appends = 0
  #poisons = 0
  #elsewheres = 0

  constructor(options: ProducerOptions) {
    this.#options = options
  }

  /** Those that it may have added to. */
  get topics(): readonly string[] {
    const { topic } = this.#options
    return [topic, topic + ELSEWHERE]
  }

  /** How many entries were added, those that do not decode included. */
  get added(): number {
    return this.#appends + this.#poisons
  }

  async step(step: ProducerStep): Promise<void> {
    if ('append' in step) {
      await this.#append(step)
      if (this.#options.source.notifies) await this.notifyAppended(step.notify)
      return
    }
    if ('notify' in step) return this.#notify(`s${step.notify}`)
    if ('finish' in step) return this.#finish()
    if ('elsewhere' in step) return this.#elsewhere(step.elsewhere)
    const { store } = this.#options
    for (const { command, done } of await this.prepare([step])) done((await store.execute([command]))[0])
  }

  async fence(): Promise<void> {
    await this.#send(FENCE, this.#options.values.create(FENCE))
    if (this.#options.source.notifies) await this.notifyAppended()
  }

  /** Tells the channel, where there is one, of what was appended since the last time. */
  async notifyAppended(when?: 'later'): Promise<void> {
    const values = this.#unnotified.splice(0)
    if (when === 'later' || !this.#options.source.notifies) return
    for (const value of values) await this.#notify(value)
  }

  async #notify(value: string): Promise<void> {
    const { source, recorder, values } = this.#options
    if (!source.notifies) throw new Divergence('a publisher that tells a channel', 'this one has none')
    const id = values.idOf(value)
    if (id === undefined) throw new Divergence(`an entry ${value}`, 'it was not appended')
    recorder.record({ type: 'notification', value })
    await this.#called(`${value} to be told of`, source.names.notify, source.notify(id))
    await this.#settled()
  }

  /** The steps as commands past the adapter, so that they can be one transaction. Each is done in its turn, `done` included. */
  async prepare(steps: readonly ProducerStep[]): Promise<readonly Prepared[]> {
    const { store, topic } = this.#options
    // What a step removes includes what those before it have added, so the log is followed change by change.
    const log = steps.some(removes) ? (await store.scan(topic)).map(({ id }) => id) : []
    const prepared: Prepared[] = []
    for (const step of steps) prepared.push(...(await this.#prepare(step, log, prepared)))
    return prepared
  }

  async #prepare(step: ProducerStep, log: StreamId[], before: readonly Prepared[]): Promise<readonly Prepared[]> {
    const { topic } = this.#options
    if ('append' in step) return this.#prepareAppend(step, log)
    if ('poison' in step) return this.#preparePoison(step.poison, log)
    if ('notify' in step) return []
    if ('finish' in step) {
      this.#finish()
      return []
    }
    // Another topic is no part of a transaction on this one.
    if ('elsewhere' in step) {
      await this.#elsewhere(step.elsewhere)
      return []
    }
    if ('trim' in step) {
      const { maxLen } = step.trim
      return [this.#removal('trim', { kind: 'trim', topic, maxLen }, () => log.splice(0, Math.max(0, log.length - maxLen)))]
    }
    if ('drop' in step) return [this.#removal('drop', { kind: 'drop', topic }, () => log.splice(0))]
    return this.#prepareDelete(`s${step.delete}`, log, before)
  }

  #prepareDelete(value: string, log: StreamId[], before: readonly Prepared[]): readonly Prepared[] {
    const { topic, values, store } = this.#options
    const { isId } = store.dialect.ids
    const addedBy = before.findIndex((each) => each.value === value)
    const id = addedBy === -1 ? values.idOf(value) : { addedBy }
    if (id === undefined || (typeof id === 'string' && !isId(id))) return []
    const removed = () => {
      // Of an entry of this transaction it is known by now.
      const known = values.idOf(value)
      if (!isId(known)) return []
      if (log.includes(known)) log.splice(log.indexOf(known), 1)
      return [known]
    }
    return [this.#removal('delete', { kind: 'delete', topic, id }, removed)]
  }

  async #elsewhere(count: number): Promise<void> {
    const { recorder, source, topic, values } = this.#options
    for (let i = 0; i < count; i++) {
      const value = `x${++this.#elsewheres}`
      await this.#called(`append ${value}`, source.names.append, taken(source.append(topic + ELSEWHERE, values.create(value))))
      await this.#settled()
      recorder.record({ type: 'elsewhere', value })
    }
  }

  #finish(): void {
    this.status = 'done'
    this.#options.recorder.record({ type: 'finished' })
  }

  #append(step: AppendStep): Promise<unknown> {
    if (step.ids !== undefined || step.writer !== undefined) return this.#appendPast(step)
    if (step.append === 1) return this.#send(...this.#next(step, 0))
    if (step.together) return Promise.all(Array.from({ length: step.append }, (_, i) => this.#send(...this.#next(step, i))))
    return this.#appendInTurn(step)
  }

  async #appendInTurn(step: AppendStep): Promise<void> {
    for (let i = 0; i < step.append; i++) await this.#send(...this.#next(step, i))
  }

  /** Past the adapter: under ids that the schedule chose, or as another writer. */
  async #appendPast(step: AppendStep): Promise<void> {
    for (const { command, done, rejected } of await this.#prepareAppend(step, [])) {
      try {
        done((await this.#options.store.execute([command]))[0])
      } catch (error) {
        if (this.#options.store.dialect.chosenIds?.isRefusal(reasonOf(error)) !== true) throw error
        rejected!(error)
      }
    }
  }

  /** The next value, and what it holds. */
  #next({ equal, foreign, payloads }: AppendStep, at: number): [value: string, data: Json] {
    const { source, values } = this.#options
    const make = foreign ? values.making.foreign : values.makePayload
    if (make === undefined) throw new Divergence('a subject that says what others are owed (foreign)', 'this one does not')
    if (equal && !source.tellsEqualApart) throw new Divergence('entries that differ', 'over the wire they are told by what they hold')
    const value = `s${++this.#appends}`
    if (equal && at > 0) return [value, values.repeat(value, `s${this.#appends - at}`)]
    const data = values.create(value, payloads?.[at % payloads.length] ?? null, make)
    if (foreign && Object.keys(values.notOwed(value)).length === 0)
      throw new Divergence('an entry that is not owed to every consumer (foreign)', 'owes says that it is')
    return [value, data]
  }

  /** Through the adapter. */
  async #send(value: string, data: Json): Promise<void> {
    const { source, recorder, topic, values, someoneBlocked } = this.#options
    recorder.record({ type: 'append-called', value, ...values.notOwed(value) })
    try {
      const sent = source.append(topic, data)
      const id = await this.#called(
        `append ${value}`,
        source.names.append,
        source.tellsQueued && someoneBlocked() ? unlessHeldUp(value, sent, source) : sent,
      )
      const over = this.#settled()
      if (over !== undefined) await over
      values.acknowledged(value, id)
      recorder.record({ type: 'append-returned', value, outcome: 'ok', id })
      this.#unnotified.push(value)
    } catch (error) {
      if (error instanceof Stall) throw error
      const over = this.#settled()
      if (over !== undefined) await over
      recorder.record({ type: 'append-returned', value, outcome: isUnknownOutcome(error) ? 'info' : 'fail', error: textOf(error) })
    }
  }

  /** From now on this call is pending. No promise of its own: each is a turn that a run on the model has to spend. */
  #called<T>(what: string, name: string, settled: Promise<T>): Promise<T> {
    this.pending = { what, name, settled }
    return settled
  }

  /** It has settled. To be awaited where that is given: nobody is interested any more. */
  #settled(): Promise<never> | undefined {
    if (this.over) return NEVER
    this.pending = undefined
    this.hadAnswer = true
    this.#options.watchdog.touch()
    return undefined
  }

  /** As the adapter encodes it, but added by the harness: under an explicit id, or in one go with other commands. */
  async #prepareAppend(step: AppendStep, log: StreamId[]): Promise<readonly Prepared[]> {
    const { recorder, topic, values } = this.#options
    const prepared: Prepared[] = []
    const entries = Array.from({ length: step.append }, (_, i) => this.#next(step, i))
    const encoded = await this.#encode(entries.map(([, data]) => data))
    for (const [i, [value]] of entries.entries()) {
      const fields = encoded[i]!
      const explicit = step.ids?.[i]
      const id = explicit === undefined ? undefined : this.#chosen(explicit)
      const called = () =>
        recorder.record({ type: 'append-called', value, ...(id === undefined ? {} : { explicitId: id }), ...values.notOwed(value) })
      prepared.push({
        value,
        command: { kind: 'add', topic, fields, ...(id === undefined ? {} : { id }) },
        done: (assigned) => {
          called()
          if (assigned !== undefined) {
            values.acknowledged(value, assigned)
            log.push(assigned)
          }
          this.#unnotified.push(value)
          recorder.record({ type: 'append-returned', value, outcome: 'ok', ...(assigned === undefined ? {} : { id: assigned }) })
        },
        rejected: (error) => {
          called()
          recorder.record({ type: 'append-returned', value, outcome: 'fail', error: reasonOf(error) })
        },
      })
    }
    return prepared
  }

  /** @throws Divergence where the store takes no such id. */
  #chosen(id: string): StreamId {
    const { ids, chosenIds } = this.#options.store.dialect
    if (chosenIds === undefined) throw new Divergence('ids that the schedule chose', 'this store gives ids of its own')
    if (!ids.isId(id)) throw new Divergence('ids that the schedule chose', `"${id}" is no id of this store`)
    return id
  }

  async #preparePoison(count: number, log: StreamId[]): Promise<readonly Prepared[]> {
    const { recorder, topic, values } = this.#options
    const [encoded] = await this.#encode([values.create(POISON)])
    const fields = spoil(encoded!)
    return Array.from({ length: count }, () => ({
      command: { kind: 'add', topic, fields } as const,
      done: (id: StreamId | undefined) => {
        this.#poisons++
        if (id === undefined) return
        log.push(id)
        recorder.record({ type: 'poisoned', id })
      },
    }))
  }

  /** @param remove takes them off the log, and tells which they were. */
  #removal(how: 'trim' | 'delete' | 'drop', command: RawCommand, remove: () => readonly StreamId[]): Prepared {
    return { command, done: () => this.#options.recorder.record({ type: 'removed', how, ids: remove() }) }
  }

  /**
   * What the adapter writes for these payloads: it appends them to a topic of no interest, and the harness looks. All of them at once, for a
   * topic that is removed has to wait for the clock of the server.
   */
  async #encode(payloads: readonly Json[]): Promise<readonly RawFields[]> {
    const { source, store, topic } = this.#options
    const scratch = `${topic}:codec`
    let id: string | undefined
    for (const data of payloads) {
      id = await this.#called('an append', source.names.append, taken(source.write(scratch, data)))
      await this.#settled()
    }
    const written = await store.scan(scratch)
    await store.execute([{ kind: 'drop', topic: scratch }])
    if (written.length === payloads.length) return written.map(({ fields }) => fields)
    const last = written.at(-1)
    // One that keeps its topics short has the last of them, and no other may lack any.
    if (last === undefined || (written.length < payloads.length && last.id !== id))
      throw new Divergence('what the adapter writes for an entry', 'it acknowledged an append that is not in the store it was opened on')
    if (payloads.length === 1) return [last.fields]
    const encoded: RawFields[] = []
    for (const data of payloads) encoded.push(...(await this.#encode([data])))
    return encoded
  }
}

/** An append that is not the one under test, but needed for a step. */
const taken = (append: Promise<string>): Promise<string> =>
  append.catch((error: unknown) => {
    throw new Divergence('the adapter to append to another topic', `it failed: ${textOf(error)}`)
  })

const removes = (step: ProducerStep): boolean => 'trim' in step || 'drop' in step || 'delete' in step

const NEVER = new Promise<never>(() => {})

/** The store's own words, without what a store wraps around them. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return textOf(cause).replace(/^ERR /, '')
}

/** Cuts both ends off every value, so that no codec with a structure can read it. */
function spoil(fields: RawFields): RawFields {
  return fields.map((field, index) => (index % 2 === 0 ? field : field.slice(1, Math.ceil(field.length / 2))))
}

/** So many looks at the server find a command queued behind a blocked read before the append counts as held up. */
const LOOKS = 3
/** After so many looks without a sign, an append that does not return is left to the watchdog. */
const MAX_LOOKS = 50
/**
 * Almost every append has returned by then, and needs no look: two for each were a sixth of what was said to the server.
 * What is found hangs on the looks alone.
 */
const BEFORE_FIRST_LOOK_MS = 2

/** The id of the append, once it has returned. @throws Stall where the server shows that it waits behind a blocked read: rule 1.8. */
function unlessHeldUp(value: string, sent: Promise<string>, source: Source): Promise<string> {
  return new Promise((resolve, reject) => {
    const callOff = alarm(BEFORE_FIRST_LOOK_MS, () => {
      watchForSigns(value, source, () => returned).catch(reject)
    })
    let returned = false
    const settled = () => {
      returned = true
      callOff()
    }
    sent.finally(settled).then(resolve, reject)
  })
}

async function watchForSigns(value: string, source: Source, returned: () => boolean): Promise<void> {
  let signs = 0
  for (let looks = 0; looks < MAX_LOOKS && !returned(); looks++) {
    const evidence = await source.queuedBehindRead()
    signs = evidence === undefined ? 0 : signs + 1
    if (signs === LOOKS && !returned()) throw new Stall(`append ${value} is held up by a read that is blocked: ${evidence}`)
  }
}
