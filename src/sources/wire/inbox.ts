/**
 * What comes from a program under test, in an order that does not hang on which of its pipes was faster.
 *
 * A batch that was handed to the program is *due*: the deliveries that it causes go before its next request, however
 * late they are shown. One that was seen to ask on another connection before it shows what it was given does so each time, and only
 * the connection that brought the batch waits for it then. One that asks on for the next page first is not waited for as long again. A message that was handed to it has been answered when it shows what the message is about, or asks
 * for something; until then the next message waits. A program that never shows one is not waited for beyond `PATIENCE_MS`; that is for the loser's
 * sake only, since what is delivered later still counts until the fence is judged.
 */
import type { Clock } from '../../clock/clock.js'
import type { HeldMessage } from '../../dialects/wire-dialect.js'
import { isFence } from './sentinels.js'

export type Incoming<R> =
  /** The program asks for something, and waits until it is let through. */
  | { readonly type: 'request'; readonly request: R }
  /** A message of a channel, which waits until it is let through. */
  | { readonly type: 'message'; readonly message: HeldMessage }
  | { readonly type: 'delivery'; readonly token: string }
  | { readonly type: 'announcement' }
  /** `error`: why it ended, where it did not end well. */
  | { readonly type: 'exit'; readonly error?: string }

export interface InboxOptions<R> {
  /** Does the program announce that it is ready? */
  readonly announces: boolean
  /** Is the program known to announce itself before anything that it asks for is answered? */
  readonly announcesFirst?: () => boolean
  /** Does this request go before the announcement? One of which it is not known waits for as long as patience lasts. Default: no. */
  readonly precedes?: (request: R) => 'yes' | 'no' | 'unknown'
  /** Is it something that the program does beside reading? Default: no. */
  readonly isCommand?: (request: R) => boolean
  /** Is the program known to show what it was given only behind its commands? */
  readonly showsLater?: () => boolean
  /** It has done so. */
  readonly onShownLater?: () => void
  /** On which of its connections is this asked? Default: it has one. */
  readonly connectionOf?: (request: R) => unknown
  /** Is the program known to ask on one connection before it shows what it was given on another? */
  readonly asksBeside?: () => boolean
  /** It has done so. */
  readonly onAskedBeside?: () => void
  /** Is the program known to ask on before it shows what it was given, as one that collects pages does? */
  readonly asksOn?: () => boolean
  /** It has done so. */
  readonly onAskedOn?: () => void
}

type Exit<R> = Extract<Incoming<R>, { type: 'exit' }>

/** Counted from when the program has asked for more: most have shown what they were given before that. */
const PATIENCE_MS = 3000
/** An acknowledgement comes before the rest of its batch is shown, and a question for the tail before an announcement. */
const BRIEFLY_MS = 600
/** Patience is had in parts, so that a machine that stands still does not use it up before it has looked at what came. */
const PARTS = 5

export class Inbox<R> {
  readonly #shown: Incoming<R>[] = []
  readonly #requests: R[] = []
  readonly #messages: HeldMessage[] = []
  /** The tokens, and the connection that brought each. */
  readonly #due = new Map<string, unknown>()
  /** What the last message that it has is about, and it has not shown. */
  readonly #told = new Set<string>()
  /** What was due, and waited for in vain. */
  readonly #missed = new Set<string>()
  #announcing: boolean
  /** Has waited for what goes before it, in vain. */
  #let: R | undefined
  /** What was due when a command had waited for it in vain. */
  #overtaken: ReadonlySet<string> = new Set()
  /** The same of a request on another connection. */
  #asked: ReadonlySet<string> = new Set()
  /** The same of one on the connection that brought it. */
  readonly #askedOn = new Set<string>()
  /** When the patience that is being had began. */
  #since: number | undefined
  #exit: Exit<R> | undefined
  #wake: (() => void) | undefined

  constructor(
    readonly clock: Clock,
    readonly options: InboxOptions<R>,
  ) {
    // An announcement goes before the first request.
    this.#announcing = options.announces
  }

  /** Tokens of entries that were just handed to the program, on this connection. */
  expect(tokens: readonly string[], connection?: unknown): void {
    if (tokens.length > 0) this.#since = undefined
    for (const token of tokens) this.#due.set(token, connection)
  }

  /** Tokens of entries that a message has told the program of. */
  told(tokens: readonly string[]): void {
    this.#since = undefined
    for (const token of tokens) this.#told.add(token)
  }

  /** Has the program been given this, without having shown it? */
  isDue(token: string): boolean {
    const isShown = this.#shown.some((shown) => shown.type === 'delivery' && shown.token === token)
    return !isShown && (this.#due.has(token) || this.#told.has(token))
  }

  /** Does a request wait in it? */
  get hasRequests(): boolean {
    return this.#requests.length > 0
  }

  push(incoming: Incoming<R>): void {
    if (incoming.type === 'request') {
      this.#told.clear()
      this.#requests.push(incoming.request)
    } else if (incoming.type === 'message') this.#messages.push(incoming.message)
    else if (incoming.type === 'exit') this.#exit ??= incoming
    else this.#shown.push(incoming)
    this.#wake?.()
  }

  /** Forgets the requests that their program has given up. */
  drop(isGivenUp: (request: R) => boolean): void {
    this.#requests.splice(0, this.#requests.length, ...this.#requests.filter((request) => !isGivenUp(request)))
    this.#messages.splice(0, this.#messages.length, ...this.#messages.filter(({ connection }) => connection.open))
  }

  /** The next thing, deliveries first. Undefined once the signal is aborted. */
  async next(signal: AbortSignal): Promise<Incoming<R> | undefined> {
    while (!signal.aborted) {
      const shown = this.#shown.shift()
      if (shown !== undefined) return this.#seen(shown)
      const request = this.#nextRequest()
      if (request !== undefined) return { type: 'request', request }
      const asks = this.#requests.length > 0
      if (!asks && this.#due.size === 0 && this.#told.size === 0 && this.#messages.length > 0)
        return { type: 'message', message: this.#messages.shift()! }
      if (this.#exit !== undefined && !asks) return this.#exit
      const isWaiting = asks || this.#messages.length > 0
      if (!isWaiting) this.#since = undefined
      if (!(await this.#change(signal, isWaiting ? this.#patienceLeft : undefined))) this.#giveUp()
    }
    return undefined
  }

  /** A command may be part of how an entry is handled: it goes before what is due, where its program shows that behind it. */
  #nextRequest(): R | undefined {
    const { isCommand = () => false, showsLater } = this.options
    const command = this.#requests.findIndex(isCommand)
    if (command !== -1 && (this.#due.size === 0 || this.#requests[command] === this.#let || showsLater?.() === true))
      return this.#requests.splice(command, 1)[0]
    const next = this.#requests.findIndex((request) => !this.#waitsForDue(request))
    const request = this.#requests[next]
    if (request === undefined || (this.#announcing && !this.#goesFirst(request))) return undefined
    return this.#requests.splice(next, 1)[0]
  }

  #waitsForDue(request: R): boolean {
    if (this.#due.size === 0) return false
    return this.#isBeside(request) ? request !== this.#let && this.options.asksBeside?.() !== true : true
  }

  /** Is nothing due on its connection, but on others? */
  #isBeside(request: R): boolean {
    const { connectionOf } = this.options
    return connectionOf !== undefined && ![...this.#due.values()].includes(connectionOf(request))
  }

  get #patienceLeft(): number {
    // What comes on other connections meanwhile takes nothing from the one that waits, and adds nothing.
    this.#since ??= this.clock.now()
    return Math.max(0, this.#since + this.#patience - this.clock.now())
  }

  /**
   * One that has let patience run out once may never show what it leaves out, entry after entry. The fence is waited for as
   * before: what is shown in front of it counts, and only then is anything judged. Commands, and what waits for an
   * announcement that may not come before it is answered, are held up for less than clients wait for an answer: a program must not be led
   * into a time-out by us.
   */
  get #patience(): number {
    const isWaiting = this.#requests.length > 0
    if (isWaiting && this.#due.size === 0) return this.#announcing && this.options.announcesFirst?.() === true ? PATIENCE_MS : BRIEFLY_MS
    if (isWaiting && this.#requests.some((each) => this.options.isCommand?.(each))) return BRIEFLY_MS
    const waits = this.#missed.size === 0 || [...this.#due.keys()].some(isFence)
    return waits && this.options.asksOn?.() !== true ? PATIENCE_MS : BRIEFLY_MS
  }

  /** What was waited for did not come. */
  #giveUp(): void {
    this.#since = undefined
    const command = this.#requests.find((each) => this.options.isCommand?.(each))
    if (command !== undefined && this.#due.size > 0) {
      this.#let = command
      this.#overtaken = new Set(this.#due.keys())
      return
    }
    const beside = this.#requests.find((each) => this.#isBeside(each))
    // Once: the connection that brought the batch must have its turn, too.
    if (beside !== undefined && [...this.#due.keys()].some((token) => !this.#asked.has(token))) {
      this.#let = beside
      this.#asked = new Set(this.#due.keys())
      return
    }
    for (const token of this.#due.keys()) this.#missed.add(token)
    const [first] = this.#requests
    if (first !== undefined) for (const token of this.#due.keys()) this.#askedOn.add(token)
    this.#due.clear()
    this.#told.clear()
    if (first !== undefined && this.options.precedes?.(first) === 'unknown') this.#let = first
    else this.#announcing = false
  }

  #goesFirst(request: R): boolean {
    return request === this.#let || this.options.precedes?.(request) === 'yes'
  }

  #seen(shown: Incoming<R>): Incoming<R> {
    this.#since = undefined
    if (shown.type === 'delivery') {
      if (this.#overtaken.has(shown.token)) this.options.onShownLater?.()
      if (this.#asked.has(shown.token)) this.options.onAskedBeside?.()
      if (this.#askedOn.has(shown.token)) this.options.onAskedOn?.()
      this.#due.delete(shown.token)
      this.#told.delete(shown.token)
      // It was late.
      if (this.#missed.has(shown.token)) this.#missed.clear()
    } else this.#announcing = false
    return shown
  }

  /** False where nothing came in time. */
  async #change(signal: AbortSignal, ms: number | undefined): Promise<boolean> {
    const done = new AbortController()
    let came = false
    const coming = new Promise<void>((resolve) => {
      this.#wake = () => {
        came = true
        resolve()
      }
      signal.addEventListener('abort', this.#wake, { signal: done.signal })
    })
    if (ms === undefined) await coming
    else for (let part = 0; part < PARTS && !came; part++) await Promise.race([coming, this.clock.sleep(ms / PARTS, done.signal)])
    this.#wake = undefined
    done.abort()
    return came
  }
}
