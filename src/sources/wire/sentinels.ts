/**
 * Sentinels: the entries that the harness appends. Which entry holds which token, how they come into the stream, and how a channel
 * is told of them: by a command made from a template, or by a function of the user's.
 */
import { systemClock } from '../../clock/clock.js'
import type { StreamId } from '../../contract/stream-id.js'
import type { Json } from '../../contract/stream-repository.js'
import type { RawCommand, RawEntry, RawFields } from '../../dialects/store.js'
import type { Probe, ProbedStore } from '../../dialects/wire-dialect.js'
import { FENCE } from '../../history/event.js'
import type { WireSubject } from '../../subject/wire-subject.js'

/**
 * What a delivery is recognised by. It begins where a word does, or directly behind another: tried at each character, one
 * long word would take the square of its length.
 */
export const TOKEN = /(?:(?<!\w)|(?<=@tailrace))\w+@tailrace/g

/** Of an entry in another topic, which is nobody's business here. */
export const isElsewhere = (token: string): boolean => /^x\d/.test(token)

export const isFence = (token: string): boolean => token.startsWith(`${FENCE}@`)

export class Sentinels {
  /** How many have been added, in all runs. */
  count = 0
  readonly #idOf = new Map<string, StreamId>()
  readonly #tokenAt = new Map<string, string>()
  readonly #data = new Map<string, Json>()

  set(token: string, id: StreamId, data?: Json): void {
    this.count++
    if (data !== undefined) this.#data.set(token, data)
    this.#idOf.set(token, id)
    // Within a millisecond two topics have entries of one id.
    if (!isElsewhere(token) || !this.#tokenAt.has(id)) this.#tokenAt.set(id, token)
  }

  /** Entries that were added as they are, `ids` being those of each add. */
  added(commands: readonly RawCommand[], ids: readonly (StreamId | undefined)[]): void {
    for (const [index, command] of commands.entries()) {
      const id = ids[index]
      const token = command.kind === 'add' ? tokenIn(command.fields) : undefined
      if (token !== undefined && id !== undefined) this.set(token, id)
    }
  }

  /** The id of the entry that holds this token. */
  idOf(token: string): StreamId | undefined {
    return this.#idOf.get(token)
  }

  /** What was appended under this id. */
  dataAt(id: string): { readonly token: string; readonly data: Json } | undefined {
    const token = this.#tokenAt.get(id)
    return token === undefined ? undefined : { token, data: this.#data.get(token) ?? { sentinel: token } }
  }

  /** The tokens that stand in a text, itself or by the ids of their entries. */
  namedIn(text: string): readonly string[] {
    const byId = text.split(NOT_OF_AN_ID).flatMap((word) => this.#tokenAt.get(word) ?? [])
    return [...new Set([...(text.match(TOKEN) ?? []), ...byId])]
  }

  /** The tokens of those of the entries that hold one. */
  at(ids: readonly string[]): readonly string[] {
    return ids.flatMap((id) => this.#tokenAt.get(id) ?? [])
  }
}

const NOT_OF_AN_ID = /[^\w-]+/

const tokenIn = (fields: RawFields): string | undefined => fields.join('\n').match(TOKEN)?.[0]

/** Where the publisher does not tell: of the first entry that holds the token. */
export function idWith(token: string, key: string, entries: readonly RawEntry[]): StreamId {
  const found = entries.find(({ fields }) => fields.some((field) => field.includes(token)))
  if (found !== undefined) return found.id
  throw new Error(`publish has returned, and no entry of the stream ${key} holds ${token}`)
}

// ── how they are appended, and told of

/** One command, as its words. */
export type Command = readonly string[]

export interface Sentinel {
  readonly topic: string
  /** What a delivery of this entry has to contain. */
  readonly token: string
  /** Holds the token. */
  readonly data: Json
  /** Of the entry, once it is appended. */
  readonly id?: string
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

export interface TemplateOptions {
  readonly example?: string
  readonly carries?: boolean
}

const WORD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g

/**
 * @param example of such a template, for the message.
 * @param carries it has to carry the token.
 * @throws TemplateError where the template is no such command.
 */
export function parseTemplate(template: string, { example, carries = true }: TemplateOptions = {}): (sentinel: Sentinel) => Command {
  const wrong = (what: string) => new TemplateError(`"${template}" ${what}${example === undefined ? '' : `, as in ${example}`}`)
  const words = [...template.matchAll(WORD)].map(([, double, single, plain]) => double?.replaceAll(/\\(.)/g, '$1') ?? single ?? plain!)
  if (words.length < 2) throw wrong('is no command: expected its words, with {topic} and {json} among them')
  if (carries && !words.some((word) => word.includes('{json}') || word.includes('{token}')))
    throw wrong('carries no sentinel: {json} or {token} must stand somewhere in it')
  if (!words.some((word) => word.includes('{topic}'))) throw wrong('names no topic: {topic} must stand somewhere in it')
  return ({ topic, token, data, id = '' }) => {
    const values: Readonly<Record<string, string>> = { topic, token, json: JSON.stringify(data), id }
    return words.map((word) => word.replaceAll(/\{(topic|token|json|id)\}/g, (_, name: string) => values[name]!))
  }
}

/** Turns of the event loop, and then milliseconds. */
const TURNS = 50
const PATIENCE = 200

export class Publisher {
  readonly #subject: Pick<WireSubject, 'publish' | 'notify'>
  readonly #store: Pick<ProbedStore, 'call' | 'publisherProbe'>
  readonly #url: string
  readonly #append: (sentinel: Sentinel) => Command
  readonly #tell: (sentinel: Sentinel) => Command

  /**
   * @param url of the server itself.
   * @throws TemplateError
   */
  constructor(
    subject: Pick<WireSubject, 'publish' | 'notify'>,
    store: Pick<ProbedStore, 'call' | 'publishes' | 'publisherProbe'>,
    url: string,
  ) {
    const { publish = store.publishes, notify } = subject
    this.#subject = subject
    this.#store = store
    this.#url = url
    this.#append = typeof publish === 'string' ? parseTemplate(publish, { example: store.publishes }) : none
    this.#tell = typeof notify === 'string' ? parseTemplate(notify, { carries: false }) : none
  }

  /** Appends one sentinel, and gives what the server, or the user's function, answers. */
  async publish(sentinel: Sentinel): Promise<unknown> {
    const { publish } = this.#subject
    if (typeof publish !== 'function') return this.#store.call(this.#append(sentinel))
    const { topic, token, data } = sentinel
    return publish({ url: this.#url, probe: await this.#store.publisherProbe.address(), topic, token, data })
  }

  /**
   * Tells the channel of an entry.
   *
   * The server hands its messages out in the turn in which it answers the publisher, so those who listen through the probes have
   * them soon: that is waited for, or the history would not say the same each time. Who listens to something else has none, and
   * is not waited for beyond patience. Nothing but the order of events hangs on it.
   */
  async notify(sentinel: Sentinel & { readonly id: string }, probes: readonly Probe[]): Promise<void> {
    const { notify } = this.#subject
    if (notify === undefined) return
    if (typeof notify === 'function') await notify({ url: this.#url, ...sentinel })
    else await this.#store.call(this.#tell(sentinel))
    // Every connection that listens holds a message; one that holds an earlier one keeps this one behind it.
    for (let looks = 0; looks < TURNS + PATIENCE; looks++) {
      if (probes.every(({ listeners }) => listeners.held === listeners.all)) return
      await (looks < TURNS ? new Promise<void>((resolve) => setImmediate(resolve)) : systemClock.sleep(1))
    }
  }
}

const none = (): Command => []
