/**
 * The wire as a source of calls: the requests of a program on the topic are held like those of any consumer, and what it shows is
 * what it hands out.
 *
 * ```
 *   program ── XREAD ──▶ probe ──▶ inbox ──▶ hold({ kind: 'read' }): read-called … send() … read-returned ──▶ pass() to the program
 *           ── a line with a token ──▶ inbox ──▶ frame(): delivered
 * ```
 * One thing is taken from the inbox at a time, but a read that may wait in the store keeps nothing waiting: what the program does on its
 * other connections comes to its gates meanwhile. `delivered` holds nothing but this loop: the program runs on until it
 * asks for more, and is held there. What it does between two requests cannot be seen, nor disturbed.
 *
 * What a request means, its dialect says (src/dialects/wire-dialect.ts); nothing here knows a command.
 */
import type { StreamId } from '../../contract/stream-id.js'
import type { Json } from '../../contract/stream-repository.js'
import type { BlockedReader } from '../../dialects/store.js'
import type {
  Answer,
  ClientConnection,
  HeldMessage,
  HeldRequest,
  Passing,
  PendingEntry,
  Probe,
  ProbedStore,
} from '../../dialects/wire-dialect.js'
import { INJECTED } from '../../history/event.js'
import type { FailStep, WireStep } from '../../schedule/step.js'
import type { WireSubject } from '../../subject/wire-subject.js'
import { Faults, InjectedFault, appendThrough } from '../faults.js'
import type { CallNames, CommandCall, GroupDebts, Holder, Mismatch, ReadCall, SessionContext, Source, Whereabouts } from '../source.js'
import type { Inbox } from './inbox.js'
import { type Habits, Program, consumersOf } from './program.js'
import { type Publisher, type Sentinels, TOKEN, idWith, isElsewhere } from './sentinels.js'

/** A subject on the wire that is open: what holds from run to run. */
export interface OpenWire {
  readonly subject: WireSubject
  readonly store: ProbedStore
  readonly sentinels: Sentinels
  readonly publisher: Publisher
  readonly habits: Habits
}

/** Of the program's own reads, by their ids. */
type WireRead = ReadCall<readonly StreamId[]>

/** The source of one run. */
export class WireSource implements Source {
  readonly tellsQueued = false
  readonly tellsEqualApart = false
  readonly inProcess = false
  readonly announces: boolean
  readonly saysResumeIds = false
  readonly notifies: boolean
  readonly names: CallNames = { append: 'publish', notify: 'notify', consumer: undefined }
  readonly #open: OpenWire
  readonly #faults = new Faults()
  readonly #replies = new ReplyFaults()
  /** In the order in which they were opened. */
  readonly #probes: Probe[] = []
  /** The present one of each consumer. */
  readonly #probeOf = new Map<number, Probe>()
  readonly #inboxes = new Map<number, Inbox<HeldRequest>>()
  readonly debts: ProgramDebts
  /** Connections that have read, by how many entries had been added when they asked last. */
  readonly #readers = new Map<ClientConnection, number>()
  /** Those with a request that has no answer. */
  readonly #asking = new Set<ClientConnection>()
  /** Those of several consumers, one after the other. */
  readonly #shared: Program[] = []

  constructor(open: OpenWire) {
    this.#open = open
    this.announces = open.subject.announces === true
    this.notifies = open.subject.notify !== undefined
    this.debts = new ProgramDebts(open.store, this.#probes, open.habits)
  }

  async consume(holder: Holder, { topic }: SessionContext): Promise<'ended' | 'aborted'> {
    const { index, signal } = holder
    const program = this.#programOf(index, topic)
    const { inbox } = await program.join(index)
    this.#inboxes.set(index, inbox)
    const waiting = new Set<Promise<void>>()
    holder.asking = true
    try {
      for (;;) {
        const next = await inbox.next(signal)
        if (next === undefined) {
          await Promise.all(waiting)
          return 'aborted'
        }
        if (next.type === 'request') {
          const { asks } = next.request
          const served = this.#serve(holder, topic, next.request, inbox, () => program.answered(next.request))
          if (asks.kind === 'read' && asks.timeoutMs > 0) this.#waits(served, waiting, inbox)
          else await served
        } else if (next.type === 'message') await this.#tell(holder, next.message, inbox)
        else if (next.type === 'exit') {
          await Promise.all(waiting)
          if (next.error !== undefined) throw new Error(next.error)
          return signal.aborted ? 'aborted' : 'ended'
        } else {
          if (next.type === 'announcement') program.announced()
          holder.asking = false
          await this.#frame(holder, next.type === 'announcement' ? undefined : next.token)
          if (signal.aborted) return 'aborted'
          holder.asking = true
        }
      }
    } finally {
      await program.leave(index)
      holder.asking = false
    }
  }

  /** The read is served beside all that comes. */
  #waits(served: Promise<void>, waiting: Set<Promise<void>>, inbox: Inbox<HeldRequest>): void {
    const over = served
      .catch((error: unknown) => inbox.push({ type: 'exit', error: error instanceof Error ? error.message : String(error) }))
      .finally(() => waiting.delete(over))
    waiting.add(over)
  }

  /** The program of this consumer. */
  #programOf(index: number, topic: string): Program {
    const { subject, store, habits } = this.#open
    const count = consumersOf(subject)
    const running = this.#shared.at(-1)
    if (running?.over === false) return running
    const consumers = count === 1 ? [index] : [...Array(count).keys()]
    const onProbe = (probe: Probe) => {
      this.#probes.push(probe)
      for (const consumer of consumers) this.#probeOf.set(consumer, probe)
    }
    const program = new Program({ subject, store, topic, habits, consumers, onProbe })
    if (count > 1) this.#shared.push(program)
    return program
  }

  /** Takes one request through its gates, and lets the answer through to the program. */
  async #serve(holder: Holder, topic: string, request: HeldRequest, inbox: Inbox<HeldRequest>, onAnswer: () => void): Promise<void> {
    const { signal } = holder
    // A program with a mind of its own may have led us to it.
    await this.#open.store.claim(request.stream)
    const onAbort = () => request.cut()
    signal.addEventListener('abort', onAbort)
    const { asks, connection } = request
    if (asks.kind === 'read') this.#readers.set(connection, this.#open.sentinels.count)
    this.#asking.add(connection)
    try {
      if (asks.kind === 'tail') await holder.hold({ kind: 'tail', stream: topic, send: () => this.#tail(request, holder.index) })
      else if (asks.kind === 'command') inbox.expect(this.#open.sentinels.at(await holder.hold(this.#command(request, asks))))
      else await this.#read(holder, topic, request, asks, inbox)
      request.pass({ is: 'forwarded' })
    } catch (error) {
      if (!request.over) request.pass(error instanceof WireError ? error.passing : { is: 'error', error: this.#refusal(error) })
    } finally {
      onAnswer()
      signal.removeEventListener('abort', onAbort)
      this.#asking.delete(connection)
    }
  }

  /** Has a connection that reads not asked again since the last entry was added? */
  get #isBehind(): boolean {
    const { count } = this.#open.sentinels
    for (const [connection, before] of this.#readers) if (connection.open && before < count && !this.#asking.has(connection)) return true
    return false
  }

  async #tail(request: HeldRequest, consumer: number): Promise<string> {
    if (this.#faults.take('tail') !== undefined) throw new InjectedFault('tail')
    const answer = await this.#answer(request, consumer)
    return answer.kind === 'tail' ? answer.id : ''
  }

  #command(request: HeldRequest, { name, does }: Pick<CommandCall, 'name' | 'does'>): CommandCall<readonly StreamId[]> {
    // Faults are for what is read.
    return {
      kind: 'command',
      name,
      does,
      send: async () => {
        const answer = await request.send()
        if (answer.kind === 'error') throw this.#failed(request, answer.message, { is: 'forwarded' })
        return idsIn(answer)
      },
      gave: (ids) => ids,
    }
  }

  async #read(
    holder: Holder,
    topic: string,
    request: HeldRequest,
    { cursor, count, timeoutMs, acknowledges }: Pick<ReadCall, 'cursor' | 'count' | 'timeoutMs' | 'acknowledges'>,
    inbox: Inbox<HeldRequest>,
  ): Promise<void> {
    const read: WireRead = {
      kind: 'read',
      stream: topic,
      cursor,
      timeoutMs,
      count,
      ...(acknowledges && { acknowledges }),
      number: 0,
      aborted: () => holder.signal.aborted,
      send: async () => {
        const fails = this.#faults.take('read')
        if (fails === 0) throw new InjectedFault('read')
        const answer = await this.#answer(request, holder.index)
        // An answer comes as a whole, or its connection breaks in it: nothing on the wire is some entries and then an error.
        if (fails !== undefined) throw new WireError(new InjectedFault('read').message, { is: 'torn' }, idsIn(answer))
        return idsIn(answer)
      },
      isEmpty: (ids) => ids.length === 0,
    }
    try {
      const ids = await holder.hold(read)
      if (!request.connection.open) throw new WireError('the connection was closed under the answer', { is: 'lost' }, ids)
      for (const id of ids) holder.entry(read, { id, data: undefined })
      holder.ended(read, 'done')
      inbox.expect(this.#open.sentinels.at(ids), request.connection)
      this.#shared.at(-1)?.gave(request.connection, ids.at(-1))
    } catch (error) {
      holder.ended(read, 'error', error, error instanceof WireError ? error.gave : [])
      throw error
    }
  }

  async #answer(request: HeldRequest, consumer: number): Promise<Answer> {
    const refusal = this.#replies.refusal(consumer, request)
    if (refusal !== undefined) throw new WireError(`${INJECTED}: ${wordsOf(refusal)}`, refusal)
    const answer = await request.send()
    const passing = this.#replies.take(consumer)
    if (passing.is !== 'forwarded') throw new WireError(`${INJECTED}: ${wordsOf(passing)}`, passing, idsIn(answer))
    if (answer.kind === 'error') throw this.#failed(request, answer.message, passing)
    return answer
  }

  /** In a history a stream is called what the user calls it: its name is of one run. */
  #failed({ stream }: HeldRequest, message: string, passing: Passing): WireError {
    return new WireError(message.replaceAll(stream, this.#open.subject.topic), passing)
  }

  /** Takes a message of a channel through its gate. */
  async #tell(holder: Holder, message: HeldMessage, inbox: Inbox<HeldRequest>): Promise<void> {
    const tokens = this.#open.sentinels.namedIn(message.text).filter((token) => !isElsewhere(token))
    const [entry] = tokens.flatMap((token) => this.#open.sentinels.idOf(token) ?? [])
    await holder.hold({ kind: 'message', entry })
    if (!message.connection.open) return
    inbox.told(tokens)
    message.pass()
  }

  /** It has shown this token, or announced that it is ready. */
  #frame(holder: Holder, token: string | undefined): Promise<unknown> | undefined {
    const id = token === undefined ? undefined : this.#open.sentinels.idOf(token)
    return holder.frame({ announces: token === undefined, signals: false, entries: id === undefined ? [] : [{ id }] })
  }

  append(stream: string, data: Json): Promise<string> {
    return appendThrough(this.#faults, stream, () => this.write(stream, data))
  }

  async write(topic: string, data: Json): Promise<string> {
    const { store, publisher, sentinels } = this.#open
    const token = JSON.stringify(data).match(TOKEN)?.[0]
    if (token === undefined) throw new Error('a sentinel has to hold its token')
    const stream = store.streamOf(topic)
    await store.claim(stream)
    const answer = await publisher.publish({ topic: stream, token, data })
    const id = store.idIn(answer) ?? idWith(token, stream, await store.scan(topic))
    sentinels.set(token, id, data)
    await store.appended()
    return id
  }

  notify(id: string): Promise<void> {
    const { store, publisher, sentinels } = this.#open
    return publisher.notify({ topic: store.stream, id, ...sentinels.dataAt(id)! }, this.#probes)
  }

  arm(step: FailStep | WireStep): Mismatch | undefined {
    if ('reply' in step && step.error !== undefined) {
      const never = this.#open.store.neverRefuses(step.error)
      if (never !== undefined) return { expected: `a read that is refused: ${step.error}`, came: `no server does that: ${never}` }
    }
    if ('fail' in step) this.#faults.arm(step.fail, step.times, step.after)
    else if ('acknowledgement' in step) this.#open.store.publisherProbe.loseNext()
    else if ('reply' in step) this.#replies.arm(step.reply, passingOf(step.is, step.error ?? this.#open.store.refusal(INJECTED)))
    else if ('slow' in step) this.#probeOf.get(step.slow)?.slow(step.bytesPerSecond)
    else if (step.are === 'cut') this.#probeOf.get(step.connections)?.cut()
    else this.#probeOf.get(step.connections)?.accepts(step.are === 'accepted')
    return undefined
  }

  unmet(): Mismatch | undefined {
    const unmet = this.#faults.unmet ?? this.#replies.unmet
    if (unmet !== undefined) return unmet
    const expected = this.#open.store.publisherProbe.unmet
    return expected === undefined ? undefined : { expected, came: 'no such reply came' }
  }

  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void {
    return this.#open.store.watch(onBlocked, onError)
  }

  async queuedBehindRead(): Promise<undefined> {}

  async failedToConnect(): Promise<undefined> {}

  whereabouts(consumer: number): Whereabouts {
    const probe = this.#probeOf.get(consumer)
    const probes = this.#probes
    const { topic } = this.#open.subject
    const { notifies } = this
    const isBehind = this.#isBehind
    return {
      isBehind,
      get listens() {
        return (probe?.listeners.all ?? 0) > 0
      },
      get asks() {
        return probe?.asks ?? false
      },
      get restsUntold() {
        return !this.asks && ((notifies && this.listens) || readsNothing(probes))
      },
      get isAlone() {
        return (probe?.connections.length ?? 0) < 2
      },
      get out() {
        return probe?.out ?? 0
      },
      isQueued: this.#inboxes.get(consumer)?.hasRequests ?? false,
      get unheld() {
        return unheldThrough(probes)
      },
      get unseen() {
        return unseenThrough(probes, topic)
      },
    }
  }

  get asksSideBySide(): boolean {
    return this.#probes.some(({ seen }) => seen.sideBySide)
  }

  get blind(): string | undefined {
    return this.#open.store.blind
  }

  get confused(): string | undefined {
    return this.#shared.find(({ confused }) => confused !== undefined)?.confused
  }

  async close(): Promise<undefined> {}

  #refusal(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error)
    return this.#open.store.refusal(message.replaceAll(/\s+/g, ' '))
  }
}

const idsIn = (answer: Answer): readonly StreamId[] => (answer.kind === 'entries' ? answer.ids : [])

/** No answer, or an error for an answer: the program's read has failed. */
class WireError extends Error {
  override readonly name = 'WireError'

  constructor(
    message: string,
    /** What the program gets. */
    readonly passing: Passing,
    /** The entries in the answer that it does not get. */
    readonly gave: readonly StreamId[] = [],
  ) {
    super(message)
  }
}

// ── what its groups have given out, and nobody has acknowledged

/** For a program that asks how old entries are, and compares that itself: it is shown one age after the other, as in life. */
const AGES_MS = [1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000]

class ProgramDebts implements GroupDebts {
  readonly #store: Pick<ProbedStore, 'pending' | 'age'>
  readonly #probes: readonly Pick<Probe, 'seen'>[]

  readonly #habits: Pick<Habits, 'neverClaims'>

  /** @param probes of the run, those of programs that have ended included. */
  constructor(store: Pick<ProbedStore, 'pending' | 'age'>, probes: readonly Pick<Probe, 'seen'>[], habits: Pick<Habits, 'neverClaims'>) {
    this.#store = store
    this.#probes = probes
    this.#habits = habits
  }

  get lookBacks(): number {
    return this.#probes.reduce((all, { seen }) => all + seen.lookBacks.answered, 0)
  }

  get waitedInVain(): boolean {
    return this.#habits.neverClaims
  }

  set waitedInVain(never: boolean) {
    this.#habits.neverClaims = never
  }

  async pending(): Promise<readonly StreamId[]> {
    return [...new Set((await this.#list()).map(({ id }) => id))]
  }

  async age(ids: ReadonlySet<StreamId>): Promise<boolean> {
    const pending = (await this.#list()).filter(({ id }) => ids.has(id))
    const youngest = Math.min(...pending.map(({ idleMs }) => idleMs))
    const next = this.#wanted.find((idleMs) => idleMs > youngest)
    if (next === undefined) return false
    const younger = pending.filter(({ idleMs }) => idleMs < next)
    await this.#store.age(younger, next)
    return true
  }

  /** The ages that the program asks for, in their order. */
  get #wanted(): readonly number[] {
    const all = this.#probes.flatMap(({ seen: { lookBacks } }) => [...lookBacks.idleMs, ...(lookBacks.compares ? AGES_MS : [])])
    return [...new Set(all)].sort((a, b) => a - b)
  }

  async #list(): Promise<readonly PendingEntry[]> {
    const groups = new Set(this.#probes.flatMap(({ seen }) => [...seen.groups]))
    return groups.size === 0 ? [] : this.#store.pending(groups)
  }
}

// ── faults of replies

const AS_IT_IS: Passing = { is: 'forwarded' }

/**
 * Armed by steps of the schedule, and met in their order: an error by the next request that a server may refuse with it, and
 * before that is sent; everything else by the next reply that passes, and the server has then done what it answers.
 */
export class ReplyFaults {
  readonly #armed: { readonly consumer: number; readonly passing: Passing }[] = []

  arm(consumer: number, passing: Passing): void {
    this.#armed.push({ consumer, passing })
  }

  /** What this request is refused with in place of being sent, if it is. */
  refusal(consumer: number, request: Pick<HeldRequest, 'mayBeRefused'>): Passing | undefined {
    const passing = this.#next(consumer)
    return passing?.is === 'error' && request.mayBeRefused(passing.error) ? this.#met(consumer) : undefined
  }

  /** What becomes of the reply that passes now. */
  take(consumer: number): Passing {
    const passing = this.#next(consumer)
    return passing === undefined || passing.is === 'error' ? AS_IT_IS : this.#met(consumer)
  }

  /** A fault that nothing has met. */
  get unmet(): Mismatch | undefined {
    const [first] = this.#armed
    if (first === undefined) return undefined
    const { consumer, passing } = first
    return passing.is === 'error'
      ? { expected: `a request of consumer ${consumer} that a server may refuse: ${passing.error}`, came: 'no such request was made' }
      : { expected: `a reply to consumer ${consumer} that is ${passing.is}`, came: 'no such reply came' }
  }

  #next(consumer: number): Passing | undefined {
    return this.#armed.find((fault) => fault.consumer === consumer)?.passing
  }

  #met(consumer: number): Passing {
    const at = this.#armed.findIndex((fault) => fault.consumer === consumer)
    return this.#armed.splice(at, 1)[0]!.passing
  }
}

const passingOf = (is: 'withheld' | 'lost' | 'torn' | 'error', error: string): Passing => (is === 'error' ? { is, error } : { is })

const wordsOf = (passing: Passing): string => (passing.is === 'error' ? `refused: ${passing.error}` : `the reply is ${passing.is}`)

// ── what there was to see of a program that came to no gate

const SHOWN = 5

/** It talks to its server, and asks for nothing that may hold the stream. */
const readsNothing = (probes: readonly Probe[]): boolean =>
  probes.some(({ seen }) => seen.commands > 0) &&
  probes.every(({ seen, listeners }) => seen.streams.length === 0 && seen.unheld.size === 0 && listeners.all === 0)

function unseenThrough(probes: readonly Probe[], topic: string): string {
  const commands = probes.reduce((all, { seen }) => all + seen.commands, 0)
  if (commands === 0) return 'no command came through the probe: does the program take its address from where it is told to?'
  const unheld = unheldThrough(probes)
  if (unheld !== undefined) return unheld
  const read = [...new Set(probes.flatMap(({ seen }) => seen.streams))].slice(0, SHOWN)
  const came = `${commands} commands came through the probe, and`
  const fits = `does the topic "${topic}" fit?`
  if (read.length === 0) return `${came} none of them reads a stream: ${fits}`
  return `it reads ${read.length === 1 ? 'a key that does not fit' : 'keys that do not fit'}: ${came} it reads ${read.join(', ')}: ${fits}`
}

/** Why the program may be reading without our knowing. */
function unheldThrough(probes: readonly Probe[]): string | undefined {
  const ways = [...new Set(probes.flatMap(({ seen }) => [...seen.unheld]))]
  return ways.length === 0 ? undefined : `it reads where it cannot be held: ${ways.join(', ')}`
}
