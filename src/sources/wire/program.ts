/**
 * A program behind its probe, and the consumers in it: mostly one. Where the subject says that it holds several, they share the
 * program, and each has an inbox of its own.
 *
 * Whose request it is tells its connection (`Places`). Whose delivery it is tells the name of that in what is shown, or else who was
 * given the entry and has not shown it. So a schedule that speaks of consumer 1 means the same one each time.
 */
import { systemClock } from '../../clock/clock.js'
import type { Asked, ClientConnection, HeldRequest, Probe, ProbedStore } from '../../dialects/wire-dialect.js'
import type { WireProgram, WireSubject } from '../../subject/wire-subject.js'
import { Inbox } from './inbox.js'
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

// ── which connection is whose

/** What an unnamed one is known by: where it asked from last, and the last that it was given. */
interface Reached {
  asked?: string
  given?: string
}

type Asking = { readonly connection: ClientConnection; readonly asks: Asked }

/**
 * Which of several consumers of one program a connection belongs to.
 *
 * Its name tells. Without one, connections are taken in the order in which they were made, where there are no more of them than
 * consumers, or else in which they began to read, which hangs on who was faster; one that comes anew takes the place of one that
 * has ended. Where several have ended, who was faster must decide nothing: taken for another, a correct consumer would seem to have lost what
 * it never asked for. Then the place is told by how far its consumer had come: a read that goes on from there is its own. A request that
 * fits none, or several that had come to different places, waits until the others have found theirs; where that does not help, the run
 * says nothing of any of them.
 */
export class Places {
  /** Why nothing can be said of this run: two consumers may have been taken for each other. */
  confused: string | undefined
  readonly #count: number
  /** Of each consumer: its connection, or the name of that. */
  readonly #places: (ClientConnection | string | undefined)[]
  readonly #reached: Reached[]

  /** @param names of their connections, where they have some. */
  constructor(count: number, names: readonly string[] = []) {
    this.#count = count
    this.#places = [...names]
    this.#reached = Array.from({ length: count }, () => ({}))
  }

  /** Whose connection this is. Undefined: of nobody that is known. */
  of(connection: ClientConnection): number | undefined {
    const at = this.#places.indexOf(keyOf(connection))
    return at === -1 ? undefined : at
  }

  /** The consumer whose connection is called in this text. */
  namedIn(text: string): number | undefined {
    const at = this.#places.findIndex((place) => typeof place === 'string' && text.includes(place))
    return at === -1 ? undefined : at
  }

  /**
   * Gives the connection of a request that reads a place, if it has none and there is one.
   *
   * @param among the connections that there are, in the order in which they were made.
   * @param waiting other requests of which it could not be told. Undefined: nothing more comes that could tell.
   * @returns false where it cannot be told yet.
   */
  settle(request: Asking, among: readonly ClientConnection[], waiting: readonly Asking[] | undefined): boolean {
    const { connection, asks } = request
    const key = keyOf(connection)
    if (!this.#places.includes(key)) {
      const at = this.#placeFor(request, among, waiting)
      if (at === 'unclear') return false
      if (at !== undefined) this.#places[at] = key
    }
    const at = this.of(connection)
    if (at !== undefined && asks.kind === 'read') this.#reached[at] = { asked: asks.cursor }
    return true
  }

  /** The consumer of this connection has been given entries up to this one. */
  gave(connection: ClientConnection, id: string): void {
    const at = this.of(connection)
    if (at !== undefined) this.#reached[at]!.given = id
  }

  #placeFor(request: Asking, among: readonly ClientConnection[], waiting: readonly Asking[] | undefined): number | 'unclear' | undefined {
    const { connection, asks } = request
    const places = this.#places
    const free = [...Array(this.#count).keys()].filter((at) => isFree(places[at]))
    const hasEnded = free.some((at) => places[at] !== undefined)
    if (connection.name !== '' || free.length < 2 || !hasEnded || this.#areAlike(free)) return free[this.#rank(connection, among, free)]
    const fitting = free.filter((at) => this.#goesOn(at, asks))
    if (fitting.length > 0 && (this.#areAlike(fitting) || askAlike(request, waiting, free))) return fitting[0]
    if (waiting !== undefined) return 'unclear'
    this.confused =
      'two consumers of the program came back after their connections had ended, and which is which cannot be told: give their connections names (CLIENT SETNAME, --consumers a,b)'
    return fitting[0] ?? free[0]
  }

  /** Connections are made in the order of their consumers, where each has one. */
  #rank(connection: ClientConnection, among: readonly ClientConnection[], free: readonly number[]): number {
    const places = this.#places
    const placeless = among.filter((each) => !places.includes(each) && !places.includes(each.name))
    return connection.name === '' && placeless.length <= free.length ? Math.max(0, placeless.indexOf(connection)) : 0
  }

  /** One that has not read yet may begin anywhere, but not behind an entry that only another was given. */
  #goesOn(at: number, asks: Asked): boolean {
    const { asked, given } = this.#reached[at]!
    if (asks.kind !== 'read') return false
    if (asked === undefined) return !this.#reached.some((other) => other.given === asks.cursor)
    return asked === asks.cursor || given === asks.cursor
  }

  /** Taken for each other, they would make no difference. */
  #areAlike(all: readonly number[]): boolean {
    const [first, ...others] = all.map((at) => this.#reached[at]!)
    return others.every(({ asked, given }) => asked === first!.asked && given === first!.given)
  }
}

/** All that are free are asked for from one place: whoever is whose, they go on alike. */
const askAlike = ({ connection, asks }: Asking, waiting: readonly Asking[] | undefined, free: readonly number[]): boolean => {
  const others = waiting?.filter((other) => other.connection !== connection) ?? []
  const isAlike = (other: Asking) => asks.kind === 'read' && other.asks.kind === 'read' && other.asks.cursor === asks.cursor
  return others.length + 1 === free.length && others.every(isAlike)
}

const keyOf = (connection: ClientConnection): ClientConnection | string => (connection.name === '' ? connection : connection.name)

const isFree = (place: ClientConnection | string | undefined): boolean => place === undefined || (typeof place === 'object' && !place.open)
