/**
 * A program behind its probe, and the consumers in it: mostly one. Where the subject says that it holds several, they share the
 * program, and each has an inbox of its own.
 *
 * Whose request it is tells the name of its connection. Without one, connections are taken in the order in which they were
 * made, where there are no more of them than consumers, or else in which they began to read, which hangs on who was faster; one
 * that comes anew takes the place of one that has ended. Whose delivery it is tells such a name in what is shown, or else who was
 * given the entry and has not shown it. So a schedule that speaks of consumer 1 means the same one each time.
 */
import { systemClock } from '../../clock/clock.js'
import type { ClientConnection, HeldRequest, Probe, ProbedStore } from '../../dialects/wire-dialect.js'
import type { WireProgram, WireSubject } from '../../subject/wire-subject.js'
import { Inbox } from './inbox.js'
import { TOKEN, isElsewhere } from './sentinels.js'

/** Time to say good-bye, before the probe is taken away from under it, and after. */
const GRACE_MS = 1500

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
  /** Of each consumer: its connection, or the name of that. */
  readonly #places: (ClientConnection | string | undefined)[]
  #running: Promise<Running> | undefined
  /** Of its requests, but for commands. */
  readonly #answered = { tails: 0, all: 0 }

  constructor(options: ProgramOptions) {
    const { subject, habits, consumers } = options
    this.#options = options
    this.#places = typeof subject.consumers === 'object' ? [...subject.consumers] : []
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
    const { probe, program } = await this.#running
    const stopped = program.then((started) => started?.stop()).catch(() => undefined)
    await within(GRACE_MS, stopped)
    await probe.close()
    await within(GRACE_MS, stopped)
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
      onRequest: (request) => {
        this.#consumerOf(request.connection, request.asks.kind !== 'command', probe).inbox.push({ type: 'request', request })
      },
      onMessage: (message) => this.#consumerOf(message.connection, false, probe).inbox.push({ type: 'message', message }),
      onOver: () => {
        for (const { inbox } of this.#consumers.values()) inbox.drop((request) => request.over)
      },
    })
    this.#options.onProbe(probe)
    // Not awaited: it may read before it says that it has started.
    return { probe, program: this.#start(probe) }
  }

  /** Only who reads takes a place. */
  #consumerOf(connection: ClientConnection, reads: boolean, probe: Probe): ProgramConsumer {
    const consumers = [...this.#consumers.values()]
    if (consumers.length === 1) return consumers[0]!
    const places = this.#places
    const key = connection.name === '' ? connection : connection.name
    if (reads && !places.includes(key)) this.#place(key, consumers.length, probe.connections)
    return consumers[places.indexOf(key)] ?? consumers[0]!
  }

  /** `among`: the connections that there are, in the order in which they were made. */
  #place(key: ClientConnection | string, count: number, among: readonly ClientConnection[]): void {
    const places = this.#places
    const isFree = (at: number) => {
      const place = places[at]
      return place === undefined || (typeof place === 'object' && !place.open)
    }
    const free = [...Array(count).keys()].filter(isFree)
    const placeless = among.filter((each) => !places.includes(each) && !places.includes(each.name))
    const rank = typeof key === 'object' && placeless.length <= free.length ? placeless.indexOf(key) : 0
    const at = free[rank]
    if (at !== undefined) places[at] = key
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
    const named = this.#places.findIndex((place) => typeof place === 'string' && text.includes(place))
    return inboxes[named] ?? inboxes.find((inbox) => inbox.isDue(token)) ?? inboxes[0]!
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
