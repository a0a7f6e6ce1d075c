/** Programs with a session for each client that reads for itself: how it goes on, where it comes back to, and what it makes of a backlog. */
import type { Frame } from '../../consumers/loops.js'
import { ORIGIN } from '../../contract/stream-id.js'
import type { Json, StreamEntry } from '../../contract/stream-repository.js'
import { abort, advance, advanceTo, append, fail, restart } from '../../schedule/step.js'
import type { ConsumeContext } from '../../subject/subject.js'
import {
  Bell,
  broken,
  connected,
  DROPPED,
  type Family,
  frameOf,
  type Frames,
  inProcess,
  isAbove,
  pageAfter,
  right,
  startOf,
  times,
} from './parts.js'

// ── A server written as classes: the base class runs the session, and what becomes of silence, failures and backlogs is overridden
// below it.

class Subscription {
  protected position: string | undefined
  /** In a row. */
  protected silentReads = 0
  protected failures = 0
  protected fullPages = 0
  protected caughtUp = 0
  protected stopped = false
  protected lastEntryAt: number

  constructor(protected readonly session: ConsumeContext) {
    this.position = session.from
    this.lastEntryAt = session.clock.now()
  }

  async *run(): Frames {
    const { signal, clock } = this.session
    while (this.position === undefined) {
      if (signal.aborted) return
      try {
        this.position = await this.firstPosition()
        this.failures = 0
      } catch (error) {
        this.failures++
        yield this.notice(error)
        await clock.sleep(1000, signal)
      }
    }
    yield connected(this.position)
    while (!signal.aborted && !this.stopped) yield* this.cycle()
  }

  private async *cycle(): Frames {
    const { signal, clock, read } = this.session
    try {
      const page = await pageAfter(this.session, this.position!)
      this.failures = 0
      for (const entry of page) {
        if (signal.aborted) return
        yield frameOf(entry)
        this.position = entry.id
        this.lastEntryAt = clock.now()
      }
      if (signal.aborted) return
      this.silentReads = page.length === 0 ? this.silentReads + 1 : 0
      this.fullPages = page.length >= read.count ? this.fullPages + 1 : 0
      this.caughtUp = page.length >= read.count ? this.caughtUp + page.length : 0
      if (page.length === 0) {
        await clock.sleep(100, signal)
        if (!signal.aborted) await this.onSilence()
      } else if (page.length >= read.count) await this.onBacklog()
    } catch (error) {
      if (signal.aborted) return
      this.failures++
      yield this.notice(error)
      await clock.sleep(Math.min(1000 * 2 ** this.failures, 30_000), signal)
      if (!signal.aborted) await this.onFailure().catch(() => undefined)
    }
  }

  protected tail(): Promise<string> {
    return this.session.repository.getStreamTailId(this.session.topic)
  }

  protected firstPosition(): Promise<string> {
    return this.tail()
  }

  protected async onSilence(): Promise<void> {}
  protected async onBacklog(): Promise<void> {}
  protected async onFailure(): Promise<void> {}

  private notice(error: unknown): Frame {
    return { type: 'error', message: String(error), retryInMs: 1000 }
  }
}

const renewsAfter = (silent: number) =>
  class extends Subscription {
    protected override async onSilence(): Promise<void> {
      if (this.silentReads < silent) return
      this.silentReads = 0
      this.position = await this.tail()
    }
  }

/** A lease that is not used for a while is given back, and the next one begins where the stream is. */
const leasedFor = (ms: number) =>
  class extends Subscription {
    protected override async onSilence(): Promise<void> {
      if (this.session.clock.now() - this.lastEntryAt <= ms) return
      this.lastEntryAt = this.session.clock.now()
      this.position = await this.tail()
    }
  }

const skipsAfterPages = (pages: number) =>
  class extends Subscription {
    protected override async onBacklog(): Promise<void> {
      if (this.fullPages >= pages) this.position = await this.tail()
    }
  }

const skipsAfterEntries = (entries: number) =>
  class extends Subscription {
    protected override async onBacklog(): Promise<void> {
      if (this.caughtUp >= entries) this.position = await this.tail()
    }
  }

const startsAfreshAfter = (failures: number) =>
  class extends Subscription {
    protected override async onFailure(): Promise<void> {
      if (this.failures < failures) return
      this.failures = 0
      this.position = await this.tail()
    }
  }

const givesUpAfter = (failures: number) =>
  class extends Subscription {
    protected override async onFailure(): Promise<void> {
      this.stopped = this.failures >= failures
    }
  }

/** Takes what cannot be read so often for an entry that cannot be read at all. */
const skipsHeadAfter = (failures: number) =>
  class extends Subscription {
    protected override async onFailure(): Promise<void> {
      if (this.failures < failures) return
      const [head] = await pageAfter(this.session, this.position!, { count: 1, timeoutMs: 0 })
      this.position = head?.id ?? this.position
    }
  }

const fromOriginAfter = (failures: number) =>
  class extends Subscription {
    protected override firstPosition(): Promise<string> {
      return this.failures < failures ? this.tail() : Promise.resolve(ORIGIN)
    }
  }

const served = (Server: new (session: ConsumeContext) => Subscription) => ({
  consume: (context: ConsumeContext) => new Server(context).run(),
})

const silences = (count: number) => times(count, advanceTo('read-returned', { outcome: 'empty' }))
const failuresInARow = (count: number) => [
  advanceTo('read-called'),
  append(1),
  advanceTo('delivered'),
  fail('read', { times: count }),
  ...times(count, advanceTo('read-returned', { outcome: 'error' })),
]

export const subscriptions: Family = {
  style: 'a class hierarchy with template methods',
  right: [
    right(
      'class-hierarchy',
      'a base class runs the session; silence, failures and backlogs leave its position alone',
      served(Subscription),
    ),
  ],
  broken: [
    ...[7, 20].map((count) =>
      broken(`renews-after-${count}-silent-reads`, {
        summary: `after ${count} empty reads in a row the subscription is taken for stale, and made anew at the tail`,
        breaks: '4.2',
        causes: ['tail-after-empty'],
        steps: [...silences(count), append(1)],
        ...served(renewsAfter(count)),
      }),
    ),
    broken('lease-of-a-minute', {
      summary: 'a position that was not moved for a minute has expired, and the tail of then takes its place',
      breaks: '4.2',
      causes: ['tail-after-empty'],
      steps: [
        advanceTo('read-called'),
        fail('read', { times: 6 }),
        ...times(6, advanceTo('read-returned', { outcome: 'error' })),
        advanceTo('read-returned', { outcome: 'empty' }),
        append(1),
      ],
      ...served(leasedFor(60_000)),
    }),
    broken('skips-ahead-after-5-full-pages', {
      summary: 'after five full pages in a row it is "too far behind", and goes on at the live end',
      breaks: '4.3',
      causes: ['tail-after-batch', 'skipped-backlog'],
      steps: [advanceTo('read-called'), append(11)],
      read: { count: 2 },
      ...served(skipsAfterPages(5)),
    }),
    broken('skips-ahead-1000-behind', {
      summary: 'once it has caught up with 1000 entries and is still behind, it goes on at the live end',
      breaks: '4.3',
      causes: ['tail-after-batch', 'skipped-backlog'],
      steps: [advanceTo('read-called'), append(1001)],
      ...served(skipsAfterEntries(1000)),
    }),
    broken('starts-afresh-after-5-failures', {
      summary: 'after five reads in a row that failed it starts over, at the tail',
      breaks: '4.5',
      causes: ['tail-after-error'],
      steps: [...failuresInARow(5), append(1)],
      ...served(startsAfreshAfter(5)),
    }),
    broken('gives-up-after-8-failures', {
      summary: 'after eight reads in a row that failed the session ends, and nobody is told',
      breaks: '5.1',
      causes: ['premature-end'],
      steps: [...failuresInARow(8), append(1)],
      ...served(givesUpAfter(8)),
    }),
    broken('skips-head-after-4-failures', {
      summary: 'after four reads in a row that failed it takes the next entry for the culprit, and steps over it',
      breaks: '4.8',
      causes: DROPPED,
      steps: [...failuresInARow(4).slice(0, -1), append(2), advanceTo('read-returned', { outcome: 'error' })],
      ...served(skipsHeadAfter(4)),
    }),
    broken('all-again-when-tail-fails-3-times', {
      summary: 'where the tail cannot be had three times in a row it starts at the beginning',
      breaks: '4.5',
      causes: ['replayed-history'],
      steps: [append(2), fail('tail', { times: 3 }), advanceTo('read-called'), append(1)],
      ...served(fromOriginAfter(3)),
    }),
  ],
}

// ── Callbacks, error first, and a table of offsets: what a client has had is saved behind it, and looked up when it comes back.

type Callback<T> = (error: unknown, result?: T) => void

interface OffsetOptions {
  /** Whose place it is. Default: each client has its own. */
  readonly owner?: (context: ConsumeContext) => number
  /** When it is saved. Default: behind each entry, once its client has it. */
  readonly saves?: 'on receipt' | { readonly every: number }
  /** Which of two places counts when a client comes back. Default: the one that the client brings. */
  readonly chooses?: (brought: string, saved: string) => string
  /** Whether an entry is new to a client that has had `last`. Default: by its id, as two numbers. */
  readonly isNew?: (id: string, last: string) => boolean
  /** Entries are taken one by one as they come, and a failed read is asked again from where it began. */
  readonly takes?: 'as they come'
}

const readPage = (context: ConsumeContext, after: string, reply: Callback<StreamEntry[]>): void =>
  void pageAfter(context, after).then(
    (page) => reply(undefined, page),
    (error: unknown) => reply(error),
  )

async function tell(context: ConsumeContext, after: string, each: (entry: StreamEntry) => void): Promise<void> {
  for await (const entry of context.repository.readMessages(context.topic, after, { ...context.read, signal: context.signal })) each(entry)
}

/** Calls `each` as entries come, and `reply` with all of them at the end. */
const readEach = (context: ConsumeContext, after: string, each: (entry: StreamEntry) => void, reply: Callback<StreamEntry[]>): void => {
  const page: StreamEntry[] = []
  const take = (entry: StreamEntry) => {
    page.push(entry)
    each(entry)
  }
  void tell(context, after, take).then(
    () => reply(undefined, page),
    (error: unknown) => reply(error),
  )
}

/** Reads the next page once `outlet` has been emptied, for ever. */
function poll(context: ConsumeContext, start: string, outlet: Outlet, { takes, isNew = isAbove }: OffsetOptions): void {
  const { clock, signal } = context
  let after = start
  const later = (ms: number) => void clock.sleep(ms, signal).then(turn)
  const put = (entry: StreamEntry) => {
    if (isNew(entry.id, after) || takes !== undefined) outlet.put(entry)
  }
  const done: Callback<StreamEntry[]> = (error, page = []) => {
    if (signal.aborted) return
    if (error !== undefined) return later(1000)
    for (const entry of page) {
      if (takes === undefined) put(entry)
      after = entry.id
    }
    if (page.length === 0) return later(100)
    outlet.whenEmpty(turn)
  }
  function turn(): void {
    if (signal.aborted) return
    if (takes === undefined) readPage(context, after, done)
    else readEach(context, after, put, done)
  }
  turn()
}

/** What has been read and not handed out. */
class Outlet {
  readonly queue: StreamEntry[] = []
  #emptied: (() => void) | undefined

  constructor(readonly bell: Bell) {}

  put(entry: StreamEntry): void {
    this.queue.push(entry)
    this.bell.ring()
  }

  whenEmpty(callback: () => void): void {
    if (this.queue.length === 0) callback()
    else this.#emptied = callback
  }

  /** Takes the next one, and tells who waits for the last to be gone: not before its client asks for more. */
  take(): StreamEntry | undefined {
    const entry = this.queue.shift()
    if (entry !== undefined) return entry
    const emptied = this.#emptied
    this.#emptied = undefined
    emptied?.()
    return undefined
  }
}

const offsets = (options: OffsetOptions = {}) => {
  const { owner = ({ consumer = 0 }) => consumer, saves, chooses = (brought) => brought } = options
  const tableOf = inProcess(() => new Map<number, string>())
  return {
    consume: async function* (context: ConsumeContext): Frames {
      const table = tableOf(context)
      const key = owner(context)
      const brought = await startOf(context)
      if (brought === undefined) return
      const saved = table.get(key)
      const start = context.from === undefined || saved === undefined ? brought : chooses(brought, saved)
      yield connected(start)
      const bell = new Bell(context.signal)
      const outlet = new Outlet(bell)
      poll(context, start, outlet, options)
      for (let handed = 1; !context.signal.aborted; ) {
        if (saves === 'on receipt' && outlet.queue.length > 0) table.set(key, outlet.queue.at(-1)!.id)
        const entry = outlet.take()
        if (entry === undefined) {
          await bell.heard()
          continue
        }
        yield frameOf(entry)
        const isDue = typeof saves === 'object' ? handed++ % saves.every === 0 : saves === undefined
        if (isDue) table.set(key, entry.id)
      }
    },
  }
}

/** What a float makes of an id: 5-1 and 5-10 are the same. */
const asNumber = (id: string): number => Number(id.replace('-', '.'))
/** Room for a thousand in a millisecond. */
const packed = (id: string): number => {
  const [ms, seq] = id.split('-').map(Number)
  return ms! * 1000 + seq!
}
const byText = (a: string, b: string): string => (a > b ? a : b)
const furthest = (a: string, b: string): string => (isAbove(a, b) ? a : b)
const saved = (_: string, place: string): string => place

/** A cookie that holds the millisecond alone. */
const byMillisecond = {
  resumeIdOf: (frame: Frame) => (frame.type === 'entry' ? frame.id.split('-')[0] : frame.type === 'connected' ? frame.cursor : undefined),
  ...(() => {
    const { consume } = offsets()
    const whole = (from: string) => (from.includes('-') ? from : `${from}-18446744073709551615`)
    return {
      consume: (context: ConsumeContext) => consume(context.from === undefined ? context : { ...context, from: whole(context.from) }),
    }
  })(),
}

const away = (missed: number) => [abort(), append(missed), restart('last-id'), advanceTo('read-called'), append(1)]

export const checkpoints: Family = {
  style: 'callbacks, error first, and a table of offsets',
  right: [
    right('offset-by-client', 'each client has a place, saved behind what it was handed; what it brings counts', offsets()),
    right('offset-saved-now-and-then', 'saved for every fifth entry, and what a client brings counts', offsets({ saves: { every: 5 } })),
    right('offset-furthest', 'the furthest of what was saved and what is brought', offsets({ chooses: furthest })),
  ],
  broken: [
    broken('offset-by-user', {
      summary: 'two devices of one user share a place, and the one that comes back goes on behind what the other had',
      breaks: '5.3',
      causes: ['resumed-ahead'],
      steps: [
        advanceTo('read-called'),
        advanceTo('read-called', { consumer: 1 }),
        append(1),
        advanceTo('delivered'),
        advance(0),
        abort(0),
        append(1),
        advanceTo('delivered', { consumer: 1 }),
        advanceTo('delivered', { consumer: 1 }),
        advanceTo('read-called', { consumer: 1 }),
        restart('last-id'),
      ],
      consumers: 2,
      ...offsets({ owner: ({ consumer = 0 }) => Math.floor(consumer / 2), chooses: furthest }),
    }),
    broken('offset-saved-on-receipt', {
      summary: 'the place of a page is saved when it is received, and a client that leaves in the middle of it comes back behind it',
      breaks: '5.3',
      causes: ['resumed-ahead'],
      steps: [advanceTo('read-called'), append(3), advanceTo('delivered'), ...away(1)],
      ...offsets({ saves: 'on receipt', chooses: saved }),
    }),
    broken('offset-saved-every-10th', {
      summary: 'the place is saved for every tenth entry, and what was saved counts when a client comes back',
      breaks: '5.5',
      causes: ['duplicate-delivery', 'replayed-history'],
      steps: [advanceTo('read-called'), append(12), ...times(12, advanceTo('delivered')), advanceTo('read-called'), ...away(1)],
      ...offsets({ saves: { every: 10 }, chooses: saved }),
    }),
    broken('offsets-as-text', {
      summary: 'the place is saved for every third entry, and the greater of two places counts, by text: 9-0 is above 10-0',
      breaks: '3.3',
      causes: ['duplicate-delivery', 'replayed-history'],
      steps: [
        advanceTo('read-called'),
        append(4, { ids: ['7-0', '8-0', '9-0', '10-0'] }),
        ...times(4, advanceTo('delivered')),
        advanceTo('read-called'),
        abort(),
        append(1),
        restart('last-id'),
      ],
      ...offsets({ saves: { every: 3 }, chooses: byText }),
    }),
    broken('ids-as-floats', {
      summary: 'what is not above the last id as a float is known: 5-10 is 5-1',
      breaks: '3.3',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(2, { ids: ['5-9', '5-10'] })],
      ...offsets({ isNew: (id, last) => asNumber(id) > asNumber(last) }),
    }),
    broken('ids-packed-by-1000', {
      summary: 'ids are packed into one number, with room for a thousand in a millisecond: 6-0 is below 5-1001',
      breaks: '3.3',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(2, { ids: ['5-1001', '6-0'] })],
      ...offsets({ isNew: (id, last) => packed(id) > packed(last) }),
    }),
    broken('resumes-by-millisecond', {
      summary: 'clients bring the millisecond of their last entry, and go on behind all that it had',
      breaks: '5.5',
      causes: ['resumed-ahead', 'gave-id-ahead'],
      steps: [
        advanceTo('read-called'),
        append(2, { ids: ['5-0', '5-1'] }),
        advanceTo('delivered'),
        abort(),
        append(1, { ids: ['6-0'] }),
        restart('last-id'),
      ],
      ...byMillisecond,
    }),
    broken('page-twice-after-a-failure', {
      summary: 'entries are taken as they come, and a read that failed half-way is asked again from where it began',
      breaks: '4.5',
      causes: ['duplicate-delivery', 'nonmonotonic-poll'],
      steps: [advanceTo('read-called'), append(3), fail('read', { after: 2 })],
      ...offsets({ takes: 'as they come' }),
    }),
  ],
}

// ── Promise chains, and frames that are numbered: a client comes back with the number of its last frame, and a table says which entry
// that was.

type Numbered = Frame & { readonly number?: string }

/** Which entry a number was given to. */
class Numbers {
  readonly ids = new Map<number, string>()
  next = 1

  give(id: string, { wrapsAt = Number.POSITIVE_INFINITY, keeps = Number.POSITIVE_INFINITY }: NumberOptions): string {
    const number = this.next++ % wrapsAt
    this.ids.set(number, id)
    if (this.ids.size > keeps) for (const oldest of this.ids.keys()) if (this.ids.delete(oldest)) break
    return String(number)
  }
}

interface NumberOptions {
  /** Who shares a table. Default: each client has its own. */
  readonly table?: 'topic'
  /** Whether a connection begins its table anew. */
  readonly anew?: boolean
  /** Of how many numbers the entries are known. Default: of all. */
  readonly keeps?: number
  /** Default: never. */
  readonly wrapsAt?: number
  /** Whether a keep-alive has a number, too. */
  readonly pings?: 'numbered'
}

const numbered = (options: NumberOptions = {}) => {
  const tablesOf = inProcess(() => new Map<number, Numbers>())
  const tableFor = (context: ConsumeContext) => {
    const tables = tablesOf(context)
    const owner = options.table === 'topic' ? 0 : (context.consumer ?? 0)
    const known = options.anew ? undefined : tables.get(owner)
    const table = known ?? new Numbers()
    tables.set(owner, table)
    return table
  }
  return {
    consume: (context: ConsumeContext) => {
      const before = tablesOf(context).get(options.table === 'topic' ? 0 : (context.consumer ?? 0))
      // What a connection begins anew is gone for the one that comes after it.
      return numberedSession(
        context,
        options,
        tableFor(context),
        context.from === undefined ? undefined : before?.ids.get(Number(context.from)),
      )
    },
    resumeIdOf: (frame: Numbered) => frame.number,
  }
}

async function* numberedSession(context: ConsumeContext, options: NumberOptions, table: Numbers, known: string | undefined): Frames {
  const { repository, topic, clock, signal } = context
  const tail = (): Promise<string> =>
    repository.getStreamTailId(topic).catch(() => clock.sleep(300, signal).then(() => (signal.aborted ? '' : tail())))
  let last = known ?? (await tail())
  if (signal.aborted) return
  // With a number, so that a client which leaves before its first entry has one to come back with.
  if (options.anew && context.from !== undefined) yield connected(last)
  else yield numberedFrame(connected(last), table.give(last, options))
  const page = () =>
    pageAfter(context, last).then(
      (entries) => ({ entries, pause: entries.length === 0 ? 100 : 0 }),
      () => ({ entries: [], pause: 900 }),
    )
  while (!signal.aborted) {
    const { entries, pause } = await page()
    for (const entry of entries) {
      if (signal.aborted) return
      yield numberedFrame(frameOf(entry), table.give(entry.id, options))
      last = entry.id
    }
    if (pause > 0) await clock.sleep(pause, signal)
    if (pause === 100 && options.pings !== undefined && !signal.aborted) yield numberedFrame({ type: 'ping' }, String(table.next++))
  }
}

const numberedFrame = (frame: Frame, number: string): Numbered => ({ ...frame, number })

/** Consumer 0 has an entry and leaves; consumer 1 stays for what comes. */
const meanwhile = (missed: number) => [
  advanceTo('read-called'),
  advanceTo('read-called', { consumer: 1 }),
  append(1),
  advanceTo('delivered'),
  advance(0),
  abort(0),
  append(missed),
  ...times(missed + 1, advanceTo('delivered', { consumer: 1 })),
  advanceTo('read-called', { consumer: 1 }),
  restart('last-id'),
]

/** The client leaves before its next entry, and comes back. */
const left = () => [advanceTo('read-called'), abort(), append(1), restart('last-id')]

export const numbers: Family = {
  style: 'promise chains, and numbered frames',
  right: [
    right('numbered-by-client', 'each client has numbers of its own, which outlive its connections', numbered()),
    right('numbered-by-topic', 'the clients of a topic share one row of numbers', numbered({ table: 'topic' })),
  ],
  broken: [
    broken('numbers-of-the-connection-before-only', {
      summary:
        'each connection begins its numbers anew: who comes back twice without an entry in between is unknown, and starts at the tail',
      breaks: '5.5',
      causes: ['tail-on-resume'],
      steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), ...left(), ...left()],
      ...numbered({ anew: true }),
    }),
    broken('numbers-of-the-last-64', {
      summary:
        'the clients of a topic share one row of numbers, of which the last 64 are known: who was away for longer starts at the tail',
      breaks: '5.5',
      causes: ['tail-on-resume'],
      steps: meanwhile(65),
      consumers: 2,
      ...numbered({ table: 'topic', keeps: 64 }),
    }),
    broken('numbers-wrap-at-256', {
      summary: 'the numbers of a topic go up to 255 and begin again: who was away for longer is taken for further',
      breaks: '5.3',
      causes: ['resumed-ahead', 'gave-id-ahead'],
      steps: meanwhile(256),
      consumers: 2,
      ...numbered({ table: 'topic', wrapsAt: 256 }),
    }),
    broken('numbers-for-pings', {
      summary: 'a keep-alive has a number that is in no table: who comes back with it starts at the tail',
      breaks: '5.5',
      causes: ['tail-on-resume'],
      steps: [
        advanceTo('read-called'),
        append(1),
        advanceTo('delivered'),
        advanceTo('read-returned', { outcome: 'empty' }),
        advanceTo('read-called'),
        abort(),
        append(1),
        restart('last-id'),
      ],
      ...numbered({ pings: 'numbered' }),
    }),
  ],
}

// ── Replicas of a document: what there is comes first, page by page, and then what is live.

interface SnapshotOptions {
  /** How much of what there is comes at most. Default: all of it. */
  readonly limit?: number
  /** What ends the snapshot. Default: a page that is empty. */
  readonly endsAt?: 'a short page' | 'a failure'
}

async function* snapshot(
  context: ConsumeContext,
  from: string,
  { limit = Number.POSITIVE_INFINITY, endsAt }: SnapshotOptions,
): AsyncGenerator<StreamEntry, 'whole' | 'cut short'> {
  const { clock, signal, read } = context
  let last = from
  for (let given = 0; given < limit && !signal.aborted; ) {
    const count = Math.min(read.count, limit - given)
    let page: StreamEntry[]
    try {
      page = await pageAfter(context, last, { timeoutMs: 0, count })
    } catch {
      if (endsAt === 'a failure') return 'cut short'
      await clock.sleep(400, signal)
      continue
    }
    for (const entry of page) {
      if (signal.aborted) return 'whole'
      yield entry
      last = entry.id
    }
    given += page.length
    if (page.length === 0) return 'whole'
    if (endsAt === 'a short page' && page.length < count) return 'cut short'
  }
  return 'cut short'
}

const replica = (options: SnapshotOptions = {}) => ({
  startsAt: 'beginning' as const,
  consume: async function* (context: ConsumeContext): Frames {
    const { repository, topic, clock, signal, from = ORIGIN } = context
    yield connected(from)
    let last: string = from
    const entries = snapshot(context, from, options)
    let next = await entries.next()
    for (; !next.done; next = await entries.next()) {
      yield frameOf(next.value)
      last = next.value.id
    }
    let isLive = next.value === 'whole'
    while (!signal.aborted) {
      try {
        if (!isLive) last = await repository.getStreamTailId(topic)
        isLive = true
        const page = await pageAfter(context, last)
        for (const entry of page) {
          if (signal.aborted) return
          yield frameOf(entry)
          last = entry.id
        }
        if (page.length === 0) await clock.sleep(100, signal)
      } catch {
        await clock.sleep(400, signal)
      }
    }
  },
})

/** Live entries are read from the start, beside the snapshot, and wait for its end. `room`: how many wait at most, the newest. */
const besides = (room: number) => ({
  startsAt: 'beginning' as const,
  consume: async function* (context: ConsumeContext): Frames {
    const { repository, topic, clock, signal, from = ORIGIN } = context
    yield connected(from)
    let tail: string | undefined
    while (tail === undefined && !signal.aborted)
      tail = await repository.getStreamTailId(topic).catch(() => clock.sleep(400, signal).then(() => undefined))
    const waiting: StreamEntry[] = []
    const bell = new Bell(signal)
    const listening = listen(context, tail ?? ORIGIN, (entry) => {
      waiting.push(entry)
      if (waiting.length > room) waiting.shift()
      bell.ring()
    })
    let last: string = from
    // Up to the tail that the listener began at; what it has already seen beyond that is told apart by its id.
    for await (const entry of snapshot(context, from, {})) {
      if (isAbove(entry.id, tail ?? ORIGIN)) break
      yield frameOf(entry)
      last = entry.id
    }
    while (!signal.aborted) {
      const entry = waiting.shift()
      if (entry === undefined) await bell.heard()
      else if (isAbove(entry.id, last)) {
        yield frameOf(entry)
        last = entry.id
      }
    }
    await listening
  },
})

async function listen(context: ConsumeContext, start: string, heard: (entry: StreamEntry) => void): Promise<void> {
  const { clock, signal } = context
  for (let after = start; !signal.aborted; ) {
    try {
      const page = await pageAfter(context, after)
      for (const entry of page) {
        heard(entry)
        after = entry.id
      }
      if (page.length === 0) await clock.sleep(100, signal)
    } catch {
      await clock.sleep(400, signal)
    }
  }
}

export const snapshots: Family = {
  style: 'a snapshot of what there is, and then what is live',
  right: [
    right('replica', 'pages until one is empty, and goes on behind the last entry', replica()),
    right('replica-and-live-beside', 'live entries wait until the snapshot is through', besides(Number.POSITIVE_INFINITY)),
  ],
  broken: [
    ...[100, 500].map((limit) =>
      broken(`snapshot-of-${limit}`, {
        summary: `the first ${limit} entries of what there is, and then what is live`,
        breaks: '5.2',
        causes: ['skipped-backlog', 'tail-after-batch'],
        steps: [append(limit + 1), advanceTo('delivered')],
        ...replica({ limit }),
      }),
    ),
    broken('snapshot-ends-at-a-short-page', {
      summary: 'a page that is not full, and not empty, ends the snapshot, and live entries begin at the tail of then',
      breaks: '4.3',
      causes: ['tail-after-batch', 'skipped-backlog'],
      steps: [append(3), ...times(3, advanceTo('delivered')), advance(), append(1)],
      ...replica({ endsAt: 'a short page' }),
    }),
    broken('snapshot-ends-at-a-failure', {
      summary: 'a page that cannot be read ends the snapshot, and live entries begin at the tail of then',
      breaks: '4.5',
      causes: ['tail-after-error', 'skipped-backlog'],
      steps: [append(12), advanceTo('delivered'), ...times(9, advance()), fail('read')],
      ...replica({ endsAt: 'a failure' }),
    }),
    broken('live-waits-for-32', {
      summary: 'live entries are read beside the snapshot, and the newest 32 wait for its end',
      breaks: '4.8',
      causes: DROPPED,
      steps: [append(20), advanceTo('delivered'), append(40)],
      read: { count: 50 },
      ...besides(32),
    }),
  ],
}

// ── Tenants of one topic: each client gets what is its tenant's, and its place goes over all that there is.

interface Envelope {
  readonly tenant?: string
}

const ours = (data: unknown): boolean => (data as Envelope | null | undefined)?.tenant === 'ours'

interface TenantOptions {
  /** How many pages in a row without an entry of ours are read before it goes on at the live end. Default: all of them. */
  readonly patience?: number
  /** What moves its place. Default: everything that was read. */
  readonly moves?: 'ours, and a page without any'
}

const tenant = ({ patience = Number.POSITIVE_INFINITY, moves }: TenantOptions = {}) => ({
  payload: (sentinel: string, body: Json): Json => ({ tenant: 'ours', sentinel, body }),
  foreign: (sentinel: string, body: Json): Json => ({ tenant: 'theirs', sentinel, body }),
  owes: ({ data }: { readonly data: Json }) => ours(data),
  consume: async function* (context: ConsumeContext): Frames {
    const { repository, topic, clock, signal } = context
    const start = await startOf(context)
    if (start === undefined) return
    yield connected(start)
    let last = start
    for (let barren = 0; !signal.aborted; ) {
      try {
        if (barren >= patience) [last, barren] = [await repository.getStreamTailId(topic), 0]
        const page = await pageAfter(context, last)
        const mine = page.filter(({ data }) => ours(data))
        for (const entry of mine) {
          if (signal.aborted) return
          yield frameOf(entry)
          last = entry.id
        }
        if (moves === undefined || mine.length === 0) last = page.at(-1)?.id ?? last
        barren = mine.length === 0 && page.length > 0 ? barren + 1 : 0
        if (page.length === 0) await clock.sleep(100, signal)
      } catch {
        await clock.sleep(700, signal)
      }
    }
  },
})

const theirs = (count: number) => append(count, { foreign: true })

export const tenants: Family = {
  style: 'tenants of one topic',
  right: [
    right('tenant', "hands out what is its tenant's, and moves over all of it", tenant()),
    right(
      'tenant-that-reads-others-again',
      'moves by its own entries, and by pages without any',
      tenant({ moves: 'ours, and a page without any' }),
    ),
  ],
  broken: [3, 12].map((patience) =>
    broken(`tenant-skips-${patience}-pages-of-others`, {
      summary: `after ${patience} pages in a row without an entry of its own it goes on at the live end`,
      breaks: '4.10',
      causes: ['tail-after-batch', 'skipped-backlog'],
      steps: [advanceTo('read-called'), theirs(2 * patience), append(1)],
      read: { count: 2 },
      ...tenant({ patience }),
    }),
  ),
}
