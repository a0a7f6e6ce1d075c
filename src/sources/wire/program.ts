/**
 * A program behind its probe, and the consumers in it: mostly one. Where the subject says that it holds several, they share the
 * program, and each has an inbox of its own.
 *
 * Whose request it is tells its connection (./places.ts). Whose delivery it is tells the name of that in what is shown, or else who was
 * given the entry and has not shown it. So a schedule that speaks of consumer 1 means the same one each time.
 */
import { systemClock } from '../../clock/clock.js'
import type { ClientConnection, HeldRequest, Probe, ProbedStore } from '../../dialects/wire-dialect.js'
import type { WireProgram, WireSubject } from '../../subject/wire-subject.js'
import { Inbox } from './inbox.js'
import { Places } from './places.js'
import { TOKEN, isElsewhere } from './sentinels.js'

/** Time to say good-bye, before the probe is taken away from under it, and after. */
const GRACE_MS = 1500

/** What others ask may tell whose a request is: for so long it waits for that. Less than clients wait for an answer. */
const UNCLEAR_MS = 600

/** How many consumers a program holds. */
export const consumersOf = ({ consumers = 1 }: WireSubject): number => (typeof consumers === 'number' ? consumers : consumers.length)

/** What was seen of a program in one run, and holds for the next: kept by the subject that is open, and by nobody else. */
export interface Habits {
  /**
   * It announced only once its tail was answered. Not known of a program that runs for the first time: its tail waits, in case
   * it is one that announces first and its output was slower.
   */
  announcesAfterTail: boolean
  /** It announced before anything that it had asked for was answered. That it can is certain; the other may have been a slow output. */
  announcesFirst: boolean
  /** It shows an entry behind a command that it makes of it: an acknowledgement, a message to others. */
  showsLater: boolean
  /** It asks on one connection before it shows what it was given on another. */
  asksBeside: boolean
  /** It asks for more, such as the next page, before it shows what it was given. */
  asksOn: boolean
  /** It was waited for, and claimed nothing of what was pending. */
  neverClaims: boolean
}

/** What one consumer has of its program. */
export interface ProgramConsumer {
  readonly inbox: Inbox<HeldRequest>
}

export interface ProgramOptions {
  readonly subject: WireSubject
  readonly store: ProbedStore
  readonly topic: string
  readonly habits: Habits
  /** Those that it holds. */
  readonly consumers: readonly number[]
  /** Its probe is there. */
  readonly onProbe: (probe: Probe) => void
}

interface Running {
  readonly probe: Probe
  /** Undefined where it does not start; the inboxes then know why. */
  readonly program: Promise<WireProgram | undefined>
}

export class Program {
  /** All of its consumers have left. */
  over = false
  readonly #options: ProgramOptions
  readonly #consumers: ReadonlyMap<number, ProgramConsumer>
  readonly #joined = new Set<number>()
  readonly #places: Places
  /** Of them it cannot be told yet whose they are. */
  readonly #unclear = new Set<HeldRequest>()
  readonly #left = new AbortController()
  #running: Promise<Running> | undefined
  /** Of its requests, but for commands. */
  readonly #answered = { tails: 0, all: 0 }

  constructor(options: ProgramOptions) {
    const { subject, habits, consumers } = options
    this.#options = options
    this.#places = new Places(consumers.length, typeof subject.consumers === 'object' ? subject.consumers : [])
    this.#consumers = new Map(consumers.map((consumer) => [consumer, { inbox: newInbox(subject, habits) }]))
  }

  /** Starts the program, if nobody has. @throws where there is no probe to be had, or no such consumer. */
  async join(consumer: number): Promise<ProgramConsumer> {
    const joined = this.#consumers.get(consumer)
    if (joined === undefined) throw new Error(`the program holds ${this.#consumers.size} consumers, and there is no consumer ${consumer}`)
    this.#joined.add(consumer)
    await (this.#running ??= this.#run())
    return joined
  }

  /** With the last of its consumers the program ends. */
  async leave(consumer: number): Promise<void> {
    this.#joined.delete(consumer)
    if (this.#joined.size > 0 || this.#running === undefined) return
    this.over = true
    this.#left.abort()
    const { probe, program } = await this.#running
    const stopped = program.then((started) => started?.stop()).catch(() => undefined)
    await within(GRACE_MS, stopped)
    await probe.close()
    await within(GRACE_MS, stopped)
  }

  /** Why nothing can be said of this run, if so. */
  get confused(): string | undefined {
    return this.#places.confused
  }

  /** This connection has been given entries up to this one. */
  gave(connection: ClientConnection, id: string | undefined): void {
    if (id !== undefined) this.#places.gave(connection, id)
  }

  /** This request has its answer. */
  answered({ asks: { kind } }: Pick<HeldRequest, 'asks'>): void {
    if (kind === 'command') return
    this.#answered.all++
    if (kind === 'tail') this.#answered.tails++
  }

  /** It was announced; what was answered before shows for the next time what goes first. */
  announced(): void {
    const { habits } = this.#options
    if (this.#answered.all === 0) habits.announcesFirst = true
    else if (this.#answered.tails > 0) habits.announcesAfterTail = true
  }

  async #run(): Promise<Running> {
    const probe: Probe = await this.#options.store.probe({
      onRequest: (request) => this.#take(request, probe),
      onMessage: (message) => this.#consumerOf(message.connection).inbox.push({ type: 'message', message }),
      onOver: () => {
        for (const request of this.#unclear) if (request.over) this.#unclear.delete(request)
        for (const { inbox } of this.#consumers.values()) inbox.drop((request) => request.over)
      },
    })
    this.#options.onProbe(probe)
    // Not awaited: it may read before it says that it has started.
    return { probe, program: this.#start(probe) }
  }

  #consumerOf(connection: ClientConnection): ProgramConsumer {
    const consumers = [...this.#consumers.values()]
    return consumers[this.#places.of(connection) ?? 0]!
  }

  /** Only who reads takes a place. */
  #take(request: HeldRequest, probe: Probe): void {
    if (this.#consumers.size === 1 || request.asks.kind === 'command') this.#hand(request)
    else {
      this.#unclear.add(request)
      this.#settleAll(probe)
      if (this.#unclear.has(request)) void this.#settleAtLast(request, probe)
    }
  }

  /** One that has found its place may tell where the others belong. */
  #settleAll(probe: Probe): void {
    const settled = [...this.#unclear].find((request) => this.#places.settle(request, probe.connections, [...this.#unclear]))
    if (settled === undefined) return
    this.#hand(settled)
    this.#settleAll(probe)
  }

  async #settleAtLast(request: HeldRequest, probe: Probe): Promise<void> {
    await systemClock.sleep(UNCLEAR_MS, this.#left.signal)
    if (this.over || !this.#unclear.has(request)) return
    this.#places.settle(request, probe.connections, undefined)
    this.#hand(request)
    this.#settleAll(probe)
  }

  #hand(request: HeldRequest): void {
    this.#unclear.delete(request)
    this.#consumerOf(request.connection).inbox.push({ type: 'request', request })
  }

  async #start({ url, host, port }: Probe): Promise<WireProgram | undefined> {
    const { subject, topic } = this.#options
    const inboxes = [...this.#consumers.values()].map(({ inbox }) => inbox)
    const exit = (error: string | undefined) => {
      for (const inbox of inboxes) inbox.push({ type: 'exit', ...(error === undefined ? {} : { error }) })
    }
    try {
      const program = await subject.start({
        url,
        host,
        port,
        topic,
        onDelivery: (text) => {
          for (const token of new Set(text.match(TOKEN)))
            if (!isElsewhere(token)) this.#inboxOf(text, token).push({ type: 'delivery', token })
        },
        onAnnouncement: () => {
          for (const inbox of inboxes) inbox.push({ type: 'announcement' })
        },
      })
      void program.ended?.then(exit)
      return program
    } catch (error) {
      exit((error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' '))
      return undefined
    }
  }

  /** Whose delivery it is. */
  #inboxOf(text: string, token: string): Inbox<HeldRequest> {
    const inboxes = [...this.#consumers.values()].map(({ inbox }) => inbox)
    return inboxes[this.#places.namedIn(text) ?? -1] ?? inboxes.find((inbox) => inbox.isDue(token)) ?? inboxes[0]!
  }
}

const newInbox = ({ announces = false }: WireSubject, habits: Habits): Inbox<HeldRequest> =>
  new Inbox<HeldRequest>(systemClock, {
    announces,
    announcesFirst: () => habits.announcesFirst,
    precedes: ({ asks }) => (asks.kind !== 'tail' || habits.announcesFirst ? 'no' : habits.announcesAfterTail ? 'yes' : 'unknown'),
    isCommand: ({ asks }) => asks.kind === 'command',
    showsLater: () => habits.showsLater,
    onShownLater: () => void (habits.showsLater = true),
    connectionOf: ({ connection }) => connection,
    asksBeside: () => habits.asksBeside,
    onAskedBeside: () => void (habits.asksBeside = true),
    asksOn: () => habits.asksOn,
    onAskedOn: () => void (habits.asksOn = true),
  })

async function within(ms: number, settled: Promise<void>): Promise<void> {
  const late = new AbortController()
  await Promise.race([settled, systemClock.sleep(ms, late.signal)])
  late.abort()
}
