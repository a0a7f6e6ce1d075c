/** The producer's steps: appends through the subject's own adapter, and changes made past it, by the harness. */
import { type StreamId, isStreamId, parseStreamId } from '../contract/stream-id.js'
import { type Json, isUnknownOutcome } from '../contract/stream-repository.js'
import type { StreamRepository } from '../contract/stream-repository.js'
import { FENCE } from '../history/event.js'
import type { Recorder } from '../history/recorder.js'
import { type AppendStep, ELSEWHERE, type ProducerStep } from '../schedule/step.js'
import type { Opened, RawCommand, RawFields, Store } from '../dialects/store.js'
import { Divergence, Stall } from './endings.js'
import { messageOf } from './session-events.js'
import { unlessHeldUp } from './held-up.js'
import type { Values } from './values.js'

export interface ProducerOptions {
  readonly store: Store
  readonly opened: Opened
  /** The subject's repository, with faults, without a probe. */
  readonly repository: StreamRepository
  readonly topic: string
  readonly recorder: Recorder
  readonly values: Values
  /** Does a consumer wait in the store? An append could then be held up behind it. */
  readonly someoneBlocked: () => boolean
}

/** A change that is ready to be executed in one go, and how to record that it was. */
export interface Prepared {
  readonly command: RawCommand
  done(id: StreamId | undefined): void
  /** The store would not have it. */
  rejected?(error: unknown): void
}

export class Producer {
  status: 'running' | 'done' = 'running'
  readonly #options: ProducerOptions
  readonly #unnotified: string[] = []
  #appends = 0
  #poisons = 0
  #elsewheres = 0

  constructor(options: ProducerOptions) {
    this.#options = options
  }

  /** How many entries were added, those that do not decode included. */
  get added(): number {
    return this.#appends + this.#poisons
  }

  async step(step: ProducerStep): Promise<void> {
    if ('append' in step) return this.#append(step).then(() => this.notifyAppended(step.notify))
    if ('notify' in step) return this.#notify(`s${step.notify}`)
    if ('finish' in step) return this.#finish()
    if ('elsewhere' in step) return this.#elsewhere(step.elsewhere)
    const { store } = this.#options
    for (const { command, done } of await this.prepare(step)) done((await store.execute([command]))[0])
  }

  async fence(): Promise<void> {
    await this.#send(FENCE, this.#options.values.create(FENCE))
    await this.notifyAppended()
  }

  /** Tells the channel, where there is one, of what was appended since the last time. */
  async notifyAppended(when?: 'later'): Promise<void> {
    const values = this.#unnotified.splice(0)
    if (when === 'later' || this.#options.opened.notify === undefined) return
    for (const value of values) await this.#notify(value)
  }

  async #notify(value: string): Promise<void> {
    const { opened, recorder, values } = this.#options
    if (opened.notify === undefined) throw new Divergence('a publisher that tells a channel', 'this one has none')
    const id = values.idOf(value)
    if (id === undefined) throw new Divergence(`an entry ${value}`, 'it was not appended')
    recorder.record({ type: 'notification', value })
    await opened.notify(id)
  }

  /** The step as commands past the adapter, so that several steps can be one transaction. */
  async prepare(step: ProducerStep): Promise<readonly Prepared[]> {
    const { topic } = this.#options
    if ('append' in step) return this.#prepareAppend(step)
    if ('poison' in step) return this.#preparePoison(step.poison)
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
    const before = (await this.#options.store.scan(topic)).map((entry) => entry.id)
    if ('trim' in step) {
      const ids = before.slice(0, Math.max(0, before.length - step.trim.maxLen))
      return [this.#removal('trim', { kind: 'trim', topic, maxLen: step.trim.maxLen }, ids)]
    }
    if ('drop' in step) return [this.#removal('drop', { kind: 'drop', topic }, before)]
    const id = this.#options.values.idOf(`s${step.delete}`)
    if (!isStreamId(id)) return []
    return [this.#removal('delete', { kind: 'delete', topic, id }, [id])]
  }

  async #elsewhere(count: number): Promise<void> {
    const { recorder, repository, topic, values } = this.#options
    for (let i = 0; i < count; i++) {
      const value = `x${++this.#elsewheres}`
      await repository.sendData(topic + ELSEWHERE, values.create(value))
      recorder.record({ type: 'elsewhere', value })
    }
  }

  #finish(): void {
    this.status = 'done'
    this.#options.recorder.record({ type: 'finished' })
  }

  async #append(step: AppendStep): Promise<void> {
    if (step.together) {
      await Promise.all(Array.from({ length: step.append }, (_, i) => this.#send(...this.#next(step, i))))
      return
    }
    if (step.ids === undefined) {
      for (let i = 0; i < step.append; i++) await this.#send(...this.#next(step, i))
      return
    }
    for (const { command, done, rejected } of await this.#prepareAppend(step)) {
      try {
        done((await this.#options.store.execute([command]))[0])
      } catch (error) {
        if (!isTooSmall(error)) throw error
        rejected!(error)
      }
    }
  }

  /** The next value, and what it holds. */
  #next({ equal, payloads }: AppendStep, at: number): [value: string, data: Json] {
    const { opened, values } = this.#options
    if (equal && opened.arm !== undefined) throw new Divergence('entries that differ', 'over the wire they are told by what they hold')
    const value = `s${++this.#appends}`
    if (equal && at > 0) return [value, values.repeat(value, `s${this.#appends - at}`)]
    return [value, values.create(value, payloads?.[at % payloads.length] ?? null)]
  }

  /** Through the adapter. */
  async #send(value: string, data: Json): Promise<void> {
    const { opened, recorder, repository, topic, values } = this.#options
    recorder.record({ type: 'append-called', value })
    try {
      const sent = repository.sendData(topic, data)
      const id = await (this.#options.someoneBlocked() ? unlessHeldUp(value, sent, opened) : sent)
      values.acknowledged(value, id)
      recorder.record({ type: 'append-returned', value, outcome: 'ok', id })
      this.#unnotified.push(value)
    } catch (error) {
      if (error instanceof Stall) throw error
      recorder.record({ type: 'append-returned', value, outcome: isUnknownOutcome(error) ? 'info' : 'fail', error: messageOf(error) })
    }
  }

  /** As the adapter encodes it, but added by the harness: under an explicit id, or in one go with other commands. */
  async #prepareAppend(step: AppendStep): Promise<readonly Prepared[]> {
    const { recorder, topic, values } = this.#options
    const prepared: Prepared[] = []
    for (let i = 0; i < step.append; i++) {
      const [value, data] = this.#next(step, i)
      const fields = await this.#encode(data)
      const explicit = step.ids?.[i]
      const id = explicit === undefined ? undefined : parseStreamId(explicit)
      const called = () => recorder.record({ type: 'append-called', value, ...(id === undefined ? {} : { explicitId: id }) })
      prepared.push({
        command: { kind: 'add', topic, fields, ...(id === undefined ? {} : { id }) },
        done: (assigned) => {
          called()
          if (assigned !== undefined) values.acknowledged(value, assigned)
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

  async #preparePoison(count: number): Promise<readonly Prepared[]> {
    const { recorder, topic, values } = this.#options
    const fields = spoil(await this.#encode(values.create('poison')))
    return Array.from({ length: count }, () => ({
      command: { kind: 'add', topic, fields } as const,
      done: (id: StreamId | undefined) => {
        this.#poisons++
        if (id !== undefined) recorder.record({ type: 'poisoned', id })
      },
    }))
  }

  #removal(how: 'trim' | 'delete' | 'drop', command: RawCommand, ids: readonly StreamId[]): Prepared {
    return { command, done: () => this.#options.recorder.record({ type: 'removed', how, ids }) }
  }

  /** What the adapter writes for this payload: it appends it to a topic of no interest, and the harness looks. */
  async #encode(data: Json): Promise<RawFields> {
    const { opened, store, topic } = this.#options
    const scratch = `${topic}:codec`
    await opened.repository.sendData(scratch, data)
    const fields = (await store.scan(scratch)).at(-1)?.fields
    await store.execute([{ kind: 'drop', topic: scratch }])
    if (fields === undefined) throw new Error('the adapter acknowledged an append that is not in the store it was opened on')
    return fields
  }
}

/** XADD's answer to an explicit id at or below the last one. Every other failure of the store ends the run. */
const isTooSmall = (error: unknown): boolean => reasonOf(error).includes('ID specified in XADD')

/** The store's own words, without what a store wraps around them. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return messageOf(cause).replace(/^ERR /, '')
}

/** Cuts both ends off every value, so that no codec with a structure can read it. */
function spoil(fields: RawFields): RawFields {
  return fields.map((field, index) => (index % 2 === 0 ? field : field.slice(1, Math.ceil(field.length / 2))))
}
