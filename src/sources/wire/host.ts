/**
 * A program behind its line, and the consumers in it: mostly one. Where the subject says that it holds several, they share the
 * program, and each has an inbox of its own.
 *
 * Whose request it is tells the name of its connection (CLIENT SETNAME). Without one, connections are taken in the order in which
 * they were made, where there are no more of them than consumers, or else in which they began to read, which hangs on who
 * was faster; one that comes anew takes the place of one that has ended. Whose delivery it is tells such a name in what is shown, or
 * else who was given the entry and has not shown it. So a schedule that speaks of consumer 1 means the same one each time.
 */
import { systemClock } from '../../clock/clock.js'
import type { WireProgram, WireSubject } from '../../subject/wire-subject.js'
import type { Wiring } from './consume.js'
import type { Exchange, From } from '../../dialects/redis/wire/exchange.js'
import { Inbox } from './inbox.js'
import type { Line } from '../../dialects/redis/wire/probe.js'
import { TOKEN, isElsewhere } from './sentinels.js'

/** Time to say good-bye, before the probe is taken away from under it, and after. */
const GRACE_MS = 1500

/** How many consumers a program holds, or their names. */
export const consumersOf = ({ consumers = 1 }: WireSubject): number => (typeof consumers === 'number' ? consumers : consumers.length)

/**
 * Programs that were seen to announce only once their tail was answered. Not known of a program that runs for the first time: its
 * tail waits, in case it is one that announces first and its output was slower.
 */
const announceAfterTail = new WeakSet<WireSubject>()

/** Programs that were seen to show an entry behind a command that they make of it: an acknowledgement, a message to others. */
const showLater = new WeakSet<WireSubject>()

/** What one consumer has of its program. */
export interface Seat {
  readonly inbox: Inbox<Exchange>
  /** Takes commands and messages while its read waits; without one they go to the inbox. */
  beside: ((item: Beside) => void) | undefined
}

export type Beside = Parameters<Inbox<Exchange>['push']>[0] & { readonly type: 'request' | 'message' }

export class Hosts {
  #shared: Host | undefined

  constructor(readonly wiring: Wiring) {}

  /** The host of this consumer. It starts the program if nobody has. */
  of(consumer: number): Host {
    const count = consumersOf(this.wiring.subject)
    if (count === 1) return new Host(this.wiring, [consumer])
    if (this.#shared === undefined || this.#shared.over) this.#shared = new Host(this.wiring, [...Array(count).keys()])
    return this.#shared
  }
}

export class Host {
  over = false
  readonly #wiring: Wiring
  readonly #seats: ReadonlyMap<number, Seat>
  readonly #taken = new Set<number>()
  readonly #places: (From | string | undefined)[]
  #opened: Promise<{ readonly line: Line; readonly program: Promise<WireProgram | undefined> }> | undefined
  #tails = 0

  constructor(wiring: Wiring, consumers: readonly number[]) {
    this.#wiring = wiring
    const { subject } = wiring
    this.#places = typeof subject.consumers === 'object' ? [...subject.consumers] : []
    this.#seats = new Map(consumers.map((consumer) => [consumer, { inbox: newInbox(subject), beside: undefined }]))
  }

  /** @throws where there is no line to be had, or no such seat. */
  async join(consumer: number): Promise<Seat> {
    const seat = this.#seats.get(consumer)
    if (seat === undefined) throw new Error(`the program holds ${this.#seats.size} consumers, and there is no consumer ${consumer}`)
    this.#taken.add(consumer)
    await (this.#opened ??= this.#open())
    return seat
  }

  /** With the last of its consumers the program ends. */
  async leave(consumer: number): Promise<void> {
    this.#taken.delete(consumer)
    if (this.#taken.size > 0 || this.#opened === undefined) return
    this.over = true
    const { line, program } = await this.#opened
    const stopped = program.then((started) => started?.stop()).catch(() => undefined)
    await within(GRACE_MS, stopped)
    await line.close()
    await within(GRACE_MS, stopped)
  }

  /** It was announced; what was answered before shows for the next time what goes first. */
  announced(): void {
    if (this.#tails > 0) announceAfterTail.add(this.#wiring.subject)
  }

  async #open() {
    const line: Line = await this.#wiring.line([...this.#seats.keys()], {
      onRequest: (request) => {
        if (request.request.kind === 'tail') this.#tails++
        this.#give(this.#seatOf(request.from, request.request.kind !== 'command' && line.connections), { type: 'request', request })
      },
      onMessage: (message) => this.#give(this.#seatOf(message.from, false), { type: 'message', message }),
      onOver: () => {
        for (const { inbox } of this.#seats.values()) inbox.drop((request) => request.over)
      },
    })
    // Not awaited: it may read before it says that it has started.
    return { line, program: this.#start(line) }
  }

  #give(seat: Seat, item: Beside): void {
    const isBeside = item.type === 'message' || item.request.request.kind === 'command'
    if (isBeside && seat.beside !== undefined) seat.beside(item)
    else seat.inbox.push(item)
  }

  /** Only who reads takes a place. `among`: the connections that there are, in the order in which they were made. */
  #seatOf(from: From, among: readonly From[] | false): Seat {
    const seats = [...this.#seats.values()]
    const places = this.#places
    const key = from.name === '' ? from : from.name
    if (seats.length > 1 && among !== false && !places.includes(key)) this.#place(key, seats.length, among)
    return seats[places.indexOf(key)] ?? seats[0]!
  }

  #place(key: From | string, count: number, among: readonly From[]): void {
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

  /** Undefined where it does not start; the inboxes then know why. */
  async #start(line: Line): Promise<WireProgram | undefined> {
    const inboxes = [...this.#seats.values()].map(({ inbox }) => inbox)
    const exit = (error: string | undefined) => {
      for (const inbox of inboxes) inbox.push({ type: 'exit', ...(error === undefined ? {} : { error }) })
    }
    const { url, host, port, topic } = line
    try {
      const program = await this.#wiring.subject.start({
        url,
        host,
        port,
        topic,
        onDelivery: (text) => {
          for (const token of new Set(text.match(TOKEN)))
            if (!isElsewhere(token)) this.#shower(text, token).push({ type: 'delivery', token })
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
  #shower(text: string, token: string): Inbox<Exchange> {
    const inboxes = [...this.#seats.values()].map(({ inbox }) => inbox)
    const named = this.#places.findIndex((place) => typeof place === 'string' && text.includes(place))
    return inboxes[named] ?? inboxes.find((inbox) => inbox.isDue(token)) ?? inboxes[0]!
  }
}

const newInbox = (subject: WireSubject): Inbox<Exchange> =>
  new Inbox<Exchange>(systemClock, {
    announces: subject.announces ?? false,
    precedes: ({ request }) => (request.kind !== 'tail' ? 'no' : announceAfterTail.has(subject) ? 'yes' : 'unknown'),
    isCommand: ({ request }) => request.kind === 'command',
    showsLater: () => showLater.has(subject),
    onShownLater: () => showLater.add(subject),
  })

async function within(ms: number, settled: Promise<void>): Promise<void> {
  const late = new AbortController()
  await Promise.race([settled, systemClock.sleep(ms, late.signal)])
  late.abort()
}
