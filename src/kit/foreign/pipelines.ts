/** Programs that put something between their reads and their client: operators, streams, mailboxes. What is read waits there, and may be lost there. */
import type { Frame } from '../../consumers/loops.js'
import type { StreamEntry } from '../../contract/stream-repository.js'
import { advance, advanceTo, append, fail, poison } from '../../schedule/step.js'
import type { ConsumeContext } from '../../subject/subject.js'
import { Bell, broken, connected, DROPPED, type Family, frameOf, type Frames, pageAfter, right, startOf, times } from './parts.js'
import { Readable } from 'node:stream'

// ── Pipelines of observables, with operators written by hand: whoever subscribes is called, and an error ends what it comes through.

interface Observer<T> {
  next(value: T): unknown
  /** Nothing is on its way. */
  idle(): void
  error(error: unknown): void
  complete(): void
}

/** Gives back what ends it. */
type Observable<T> = (observer: Observer<T>) => () => void
type Operator<T, U = T> = (source: Observable<T>) => Observable<U>

/** Where a subscription begins: it is moved by what has been emitted. */
interface Position {
  id: string
}

const entriesAbove =
  (context: ConsumeContext, position: Position): Observable<StreamEntry> =>
  (observer) => {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, context.signal])
    const emit = async () => {
      while (!signal.aborted) {
        const page = await pageAfter(context, position.id, { signal })
        for (const entry of page) {
          position.id = entry.id
          observer.next(entry)
        }
        if (page.length > 0 || signal.aborted) continue
        observer.idle()
        await context.clock.sleep(100, signal)
      }
      observer.complete()
    }
    emit().catch((error: unknown) => observer.error(error))
    return () => stop.abort()
  }

/** Subscribes again after an error. `before`: what else happens then; what it gives ends the whole. */
const retry =
  <T>({ clock, signal }: ConsumeContext, before: (failures: number) => unknown = () => undefined): Operator<T> =>
  (source) =>
  (observer) => {
    let failures = 0
    let teardown = () => {}
    const again = async () => {
      await clock.sleep(1000, signal)
      if (signal.aborted || (await before(++failures)) === 'complete') observer.complete()
      else subscribe()
    }
    const subscribe = () => {
      teardown = source({ ...observer, error: () => void again() })
    }
    subscribe()
    return () => teardown()
  }

/** One at a time, in order. */
const concatMap =
  <T>(work: (value: T) => Promise<T>): Operator<T> =>
  (source) =>
  (observer) => {
    let last = Promise.resolve()
    const inTurn = async (before: Promise<void>, value: T) => {
      await before
      observer.next(await work(value))
    }
    return source({ ...observer, next: (value) => (last = inTurn(last, value)) })
  }

/** What is under way is given up for what comes next. */
const switchMap =
  <T>(work: (value: T) => Promise<T>): Operator<T> =>
  (source) =>
  (observer) => {
    let current = 0
    const one = async (turn: number, value: T) => {
      const done = await work(value)
      if (turn === current) observer.next(done)
    }
    return source({ ...observer, next: (value) => void one(++current, value) })
  }

/** The last of what comes together. */
const audit: Operator<StreamEntry> = (source) => (observer) => {
  let latest: StreamEntry | undefined
  const flush = () => {
    if (latest !== undefined) observer.next(latest)
    latest = undefined
  }
  return source({
    ...observer,
    next: (value) => {
      if (latest === undefined) queueMicrotask(flush)
      latest = value
    },
  })
}

const clearing =
  (queue: StreamEntry[]): Operator<StreamEntry> =>
  (source) =>
  (observer) =>
    source({
      ...observer,
      error: (error) => {
        queue.length = 0
        observer.error(error)
      },
    })

/** Groups of so many, and what there is when nothing more is on its way. Each subscription begins with an empty one. */
const inGroupsOf =
  (size: number): Operator<StreamEntry> =>
  (source) =>
  (observer) => {
    let group: StreamEntry[] = []
    const flush = () => {
      for (const each of group) observer.next(each)
      group = []
    }
    return source({
      ...observer,
      next: (value) => {
        if (group.push(value) === size) flush()
      },
      idle: () => {
        flush()
        observer.idle()
      },
    })
  }

/** Leaves out what is among the last so many. */
const distinct =
  (size: number): Operator<StreamEntry> =>
  (source) => {
    const seen = new Set<string>()
    return (observer) =>
      source({
        ...observer,
        next: (value) => {
          if (seen.has(value.id)) return
          seen.add(value.id)
          if (seen.size > size) for (const oldest of seen) if (seen.delete(oldest)) break
          observer.next(value)
        },
      })
  }

const distinctData: Operator<StreamEntry> = (source) => (observer) => {
  let last: string | undefined
  return source({
    ...observer,
    next: (value) => {
      const data = JSON.stringify(value.data)
      if (data !== undefined && data === last) return
      last = data
      observer.next(value)
    },
  })
}

const completesAfterSilence =
  (reads: number): Operator<StreamEntry> =>
  (source) =>
  (observer) => {
    let silent = 0
    return source({
      ...observer,
      next: (value) => {
        silent = 0
        observer.next(value)
      },
      idle: () => void (++silent === reads && observer.complete()),
    })
  }

type Pipeline = (context: ConsumeContext, position: Position, queue: StreamEntry[]) => Observable<StreamEntry>

/** An observable as frames. What was emitted waits in a queue until its client asks. */
const piped = (pipeline: Pipeline) => ({
  consume: async function* (context: ConsumeContext): Frames {
    const start = await startOf(context)
    if (start === undefined) return
    yield connected(start)
    const queue: StreamEntry[] = []
    const bell = new Bell(context.signal)
    let over = false
    const end = () => {
      over = true
      bell.ring()
    }
    const unsubscribe = pipeline(
      context,
      { id: start },
      queue,
    )({
      next: (entry) => {
        queue.push(entry)
        bell.ring()
      },
      idle: () => {},
      error: end,
      complete: end,
    })
    try {
      while (!context.signal.aborted) {
        const entry = queue.shift()
        if (entry !== undefined) yield frameOf(entry)
        else if (over) return
        else await bell.heard()
      }
    } finally {
      unsubscribe()
    }
  },
})

const render = async (entry: StreamEntry): Promise<StreamEntry> => structuredClone(entry)

/** It goes back to where it has last saved its place, and leaves out what it remembers. */
const fromCheckpoint =
  (every: number, remembers: number): Pipeline =>
  (context, position) => {
    let saved = position.id
    let since = 0
    const saving: Operator<StreamEntry> = (source) => (observer) =>
      source({
        ...observer,
        next: (entry) => {
          observer.next(entry)
          if (++since < every) return
          since = 0
          saved = entry.id
        },
      })
    return retry<StreamEntry>(context, () => {
      position.id = saved
    })(distinct(remembers)(saving(entriesAbove(context, position))))
  }

const failsOnce = [fail('read'), advanceTo('read-returned', { outcome: 'error' })]

export const observables: Family = {
  style: 'observables, with operators written by hand',
  right: [
    right(
      'observable-pipeline',
      'entries, subscribed again after an error, rendered one at a time',
      piped((context, position) => concatMap(render)(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    ),
    right(
      'observable-in-groups',
      'groups that outlive an error',
      piped((context, position) => inGroupsOf(5)(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    ),
    right(
      'observable-from-checkpoint',
      'back to its checkpoint after an error, and what it has emitted since is left out',
      piped(fromCheckpoint(64, 64)),
    ),
  ],
  broken: [
    broken('switch-map', {
      summary: 'what is being rendered is given up for what comes next',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(2)],
      ...piped((context, position) => switchMap(render)(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    }),
    broken('audit', {
      summary: 'of what comes together the last is handed out',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(3)],
      ...piped((context, position) => audit(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    }),
    broken('error-clears-the-queue', {
      summary: 'an error clears the queue, and what waited there for its client is gone',
      breaks: '4.4',
      causes: ['moved-ahead', ...DROPPED],
      steps: [advanceTo('read-called'), append(8), advanceTo('delivered'), fail('read'), ...times(4, advance())],
      ...piped((context, position, queue) => retry<StreamEntry>(context)(clearing(queue)(entriesAbove(context, position)))),
    }),
    broken('new-attempt-clears-the-queue', {
      summary:
        'the pipeline is made anew after its back-off, with an empty queue: a client that is still at what came before the error loses it',
      breaks: '4.4',
      causes: ['moved-ahead', ...DROPPED],
      // The client stays at what it has while the error is dealt with, and the back-off passes.
      steps: [advanceTo('read-called'), append(8), advanceTo('delivered'), fail('read'), advance(), ...times(2, advance(0, { held: 1 }))],
      ...piped((context, position, queue) =>
        retry<StreamEntry>(context, () => {
          queue.length = 0
        })(entriesAbove(context, position)),
      ),
    }),
    broken('group-lost-with-an-error', {
      summary: 'a group that is not full is lost when its source fails',
      breaks: '4.4',
      causes: ['moved-ahead', ...DROPPED],
      steps: [advanceTo('read-called'), append(3), advanceTo('read-returned'), advanceTo('read-called'), ...failsOnce],
      ...piped((context, position) => retry<StreamEntry>(context)(inGroupsOf(5)(entriesAbove(context, position)))),
    }),
    broken('retry-budget-of-6', {
      summary: 'six errors are allowed in a session, however far apart; after the sixth it begins anew, at the tail',
      breaks: '4.5',
      causes: ['tail-after-error'],
      steps: [
        advanceTo('read-called'),
        ...Array.from({ length: 6 }, () => [append(1), advanceTo('delivered'), ...failsOnce]).flat(),
        append(1),
      ],
      ...piped((context, position) =>
        retry<StreamEntry>(context, async (failures) => {
          if (failures >= 6) position.id = await context.repository.getStreamTailId(context.topic).catch(() => position.id)
        })(entriesAbove(context, position)),
      ),
    }),
    broken('retry-3-times-then-complete', {
      summary: 'three errors are allowed in a session, however far apart; the fourth completes it',
      breaks: '5.1',
      causes: ['premature-end'],
      steps: [
        advanceTo('read-called'),
        ...Array.from({ length: 4 }, () => [append(1), advanceTo('delivered'), ...failsOnce]).flat(),
        append(1),
      ],
      ...piped((context, position) =>
        retry<StreamEntry>(context, (failures) => (failures > 3 ? 'complete' : undefined))(entriesAbove(context, position)),
      ),
    }),
    broken('remembers-16-since-checkpoint', {
      summary: 'after an error it goes back to its checkpoint, up to 64 entries, and remembers the last 16 as handed out',
      breaks: '4.5',
      causes: ['duplicate-delivery', 'nonmonotonic-poll'],
      steps: [advanceTo('read-called'), append(20), ...times(20, advanceTo('delivered')), ...failsOnce],
      ...piped(fromCheckpoint(64, 16)),
    }),
    broken('distinct-until-changed', {
      summary: 'an entry that holds the same as the one before it is left out',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(2, { equal: true })],
      ...piped((context, position) => distinctData(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    }),
    broken('completes-after-10-silent-reads', {
      summary: 'ten empty reads in a row complete it',
      breaks: '5.1',
      causes: ['premature-end'],
      steps: [...times(10, advanceTo('read-returned', { outcome: 'empty' })), append(1)],
      ...piped((context, position) => completesAfterSilence(10)(retry<StreamEntry>(context)(entriesAbove(context, position)))),
    }),
  ],
}

// ── Streams of Node and of the web between the reads and the client, with their buffers and their ways of saying that there is no room.

interface StreamOptions {
  readonly highWaterMark?: number
  /** What `false` from `push` is taken for. Default: to read no more until there is room. */
  readonly noRoom?: 'refused' | 'goes on at the tail'
  /** What a failed read does to the stream. Default: nothing. */
  readonly failure?: 'begins a new one'
  /** Entries are pushed in chunks of so many, and what is left of a page with it unless the page was full. Default: one by one. */
  readonly chunk?: number
}

class Entries extends Readable {
  #reading = false
  readonly #chunk: Frame[] = []

  constructor(
    readonly context: ConsumeContext,
    readonly position: { id: string },
    readonly options: StreamOptions,
  ) {
    super({ objectMode: true, highWaterMark: options.highWaterMark ?? 16 })
  }

  override _read(): void {
    if (this.#reading) return
    this.#reading = true
    void this.#fill()
  }

  async #fill(): Promise<void> {
    const { context, position, options } = this
    for (let room = true; room && !this.destroyed; ) {
      try {
        const page = await pageAfter(context, position.id)
        if (this.destroyed) return
        for (const entry of page) {
          room = this.#put(frameOf(entry))
          position.id = entry.id
          if (!room && options.noRoom === 'refused') position.id = page.at(-1)!.id
          if (!room && options.noRoom === 'refused') break
        }
        if (page.length > 0 && page.length < context.read.count) room = this.#flush() && room
        if (page.length === 0) await context.clock.sleep(100, context.signal)
      } catch (error) {
        if (this.destroyed) return
        if (options.failure === 'begins a new one') return void this.destroy(error as Error)
        await context.clock.sleep(1000, context.signal)
      }
    }
    this.#reading = false
    if (this.destroyed || options.noRoom !== 'goes on at the tail') return
    this.#reading = true
    position.id = await context.repository.getStreamTailId(context.topic).catch(() => position.id)
    this.#reading = false
  }

  #put(frame: Frame): boolean {
    const { chunk } = this.options
    if (chunk === undefined) return this.push(frame)
    return this.#chunk.push(frame) < chunk || this.#flush()
  }

  #flush(): boolean {
    let room = true
    for (const frame of this.#chunk.splice(0)) room = this.push(frame)
    return room
  }
}

const readable = (options: StreamOptions = {}) => ({
  consume: async function* (context: ConsumeContext): Frames {
    const start = await startOf(context)
    if (start === undefined) return
    yield connected(start)
    const position = { id: start }
    while (!context.signal.aborted) {
      const entries = new Entries(context, position, options)
      const close = () => void entries.destroy()
      context.signal.addEventListener('abort', close)
      try {
        yield* entries as AsyncIterable<Frame>
      } catch {
        await context.clock.sleep(1000, context.signal)
      } finally {
        context.signal.removeEventListener('abort', close)
        close()
      }
    }
  },
})

/** Pings while nothing comes. `keeps`: whether the read that is under way is waited for again. */
const web = ({ keeps }: { readonly keeps: boolean }) => ({
  consume: async function* (context: ConsumeContext): Frames {
    const { clock, signal } = context
    const start = await startOf(context)
    if (start === undefined) return
    yield connected(start)
    let last = start
    const stream = new ReadableStream<Frame>(
      {
        pull: async (controller) => {
          for (let sent = 0; sent === 0 && !signal.aborted; ) {
            try {
              for (const entry of await pageAfter(context, last)) {
                controller.enqueue(frameOf(entry))
                last = entry.id
                sent++
              }
              if (sent === 0) await clock.sleep(100, signal)
            } catch {
              await clock.sleep(1000, signal)
            }
          }
          if (signal.aborted) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const reader = stream.getReader()
    let pending: ReturnType<typeof reader.read> | undefined
    while (!signal.aborted) {
      pending ??= reader.read()
      const waited = new AbortController()
      const next = await Promise.race([pending, clock.sleep(1000, AbortSignal.any([signal, waited.signal]))])
      waited.abort()
      if (next !== undefined || !keeps) pending = undefined
      if (next === undefined) yield { type: 'ping' }
      else if (next.done) return
      else yield next.value
    }
  },
})

export const streams: Family = {
  style: 'streams of Node and of the web',
  right: [
    right('node-readable', 'a Readable that reads no more while there is no room', readable()),
    right('node-readable-in-chunks', 'pages are pushed entry by entry, with room for a hundred', readable({ highWaterMark: 100 })),
    right('web-stream-with-pings', 'a ReadableStream, and a ping while the read that is under way goes on', web({ keeps: true })),
  ],
  broken: [
    ...[16, 100].map((highWaterMark) =>
      broken(`push-refused-over-${highWaterMark}`, {
        summary: `a Readable for ${highWaterMark}: what push() says "no room" to is taken for refused, and so is the rest of its page`,
        breaks: '4.8',
        causes: DROPPED,
        steps: [advanceTo('read-called'), append(2 * highWaterMark + 20)],
        ...readable({ highWaterMark, noRoom: 'refused' }),
      }),
    ),
    broken('resumes-at-tail-after-64', {
      summary: 'a Readable for 64 pauses when there is no room, and goes on at the tail when there is',
      breaks: '4.3',
      causes: ['tail-after-batch', 'skipped-backlog'],
      steps: [advanceTo('read-called'), append(200)],
      ...readable({ highWaterMark: 64, noRoom: 'goes on at the tail' }),
    }),
    broken('buffer-destroyed-with-the-stream', {
      summary: 'a failed read destroys the Readable with what waits in it, and the next one goes on behind that',
      breaks: '4.4',
      causes: ['moved-ahead', ...DROPPED],
      steps: [advanceTo('read-called'), append(8), advanceTo('delivered'), fail('read'), ...times(6, advance())],
      ...readable({ failure: 'begins a new one' }),
    }),
    broken('chunk-of-4-after-a-full-page', {
      summary: 'chunks of four, flushed behind a page that is not full: what is left of a full one waits',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(1)],
      read: { count: 1 },
      ...readable({ chunk: 4 }),
    }),
    broken('ping-abandons-the-read', {
      summary: "when a ping is due before the read is done, the next turn reads anew, and what the first one gets is nobody's",
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), advance(), advance(), append(1)],
      ...web({ keeps: false }),
    }),
  ],
}

// ── Actors: a reader tells a session, each with a mailbox of its own, and a supervisor begins them anew when they fail.

interface ActorOptions {
  /** Entries that fit, and what becomes of more. Default: the reader waits for room. */
  readonly room?: { readonly entries: number; readonly more: 'newest dropped' | 'mailbox cleared' }
  /** What becomes of the mailbox when the reader has failed. Default: it is kept. */
  readonly failure?: 'mailbox cleared'
  /** How often the reader is begun anew before its session is ended. Default: for ever. */
  readonly restarts?: number
  /** After so many entries that do not decode, the circuit is open for one page: it is read, and handed to nobody. */
  readonly breaksAfter?: number
  /** What comes while its client is busy is stashed, and taken from the stash in this order. Default: oldest first. */
  readonly stash?: 'newest first'
}

class Mailbox {
  readonly #entries: StreamEntry[] = []
  readonly bell: Bell
  #room: (() => void) | undefined

  constructor(
    signal: AbortSignal,
    readonly options: ActorOptions,
  ) {
    this.bell = new Bell(signal)
    signal.addEventListener('abort', () => this.#room?.())
  }

  /** Resolves when there is room for more. */
  async tell(entry: StreamEntry): Promise<void> {
    const { room } = this.options
    if (room !== undefined && this.#entries.length >= room.entries) {
      if (room.more === 'newest dropped') return
      this.clear()
    }
    this.#entries.push(entry)
    this.bell.ring()
    if (room === undefined && this.#entries.length > 50) await new Promise<void>((resolve) => (this.#room = resolve))
  }

  take(): StreamEntry | undefined {
    const entry = this.options.stash === 'newest first' ? this.#entries.pop() : this.#entries.shift()
    this.#room?.()
    return entry
  }

  clear(): void {
    this.#entries.length = 0
  }
}

class ReaderActor {
  #poison = 0

  constructor(
    readonly context: ConsumeContext,
    readonly session: Mailbox,
    readonly options: ActorOptions,
    public position: string,
  ) {}

  /** @throws what a read throws: to begin it anew is its supervisor's business. */
  async run(): Promise<void> {
    const { context, options, session } = this
    while (!context.signal.aborted) {
      const page = await pageAfter(context, this.position)
      const isOpen = options.breaksAfter !== undefined && this.#poison >= options.breaksAfter
      if (isOpen && page.length > 0) this.#poison = 0
      for (const entry of page) {
        if (context.signal.aborted) return
        if (entry.undecodable !== undefined) this.#poison++
        this.position = entry.id
        if (!isOpen) await session.tell(entry)
      }
      if (page.length === 0) await context.clock.sleep(100, context.signal)
    }
  }
}

/** Until there is nothing to begin anew. */
async function supervise(reader: ReaderActor): Promise<void> {
  const { context, session, options } = reader
  for (let restarts = 0; !context.signal.aborted; restarts++) {
    try {
      await reader.run()
    } catch {
      if (restarts === options.restarts) return
      if (options.failure === 'mailbox cleared') session.clear()
      await context.clock.sleep(1000, context.signal)
    }
  }
}

const actors = (options: ActorOptions = {}) => ({
  consume: async function* (context: ConsumeContext): Frames {
    const start = await startOf(context)
    if (start === undefined) return
    yield connected(start)
    const session = new Mailbox(context.signal, options)
    let over = false
    const supervised = (async () => {
      await supervise(new ReaderActor(context, session, options, start))
      over = true
      session.bell.ring()
    })()
    while (!context.signal.aborted) {
      const entry = session.take()
      if (entry !== undefined) yield frameOf(entry) satisfies Frame
      else if (over) return
      else await session.bell.heard()
    }
    await supervised
  },
})

const separateFailures = (count: number) =>
  Array.from({ length: count }, () => [
    append(1),
    advanceTo('delivered'),
    fail('read'),
    advanceTo('read-returned', { outcome: 'error' }),
  ]).flat()

export const mailboxes: Family = {
  style: 'actors with mailboxes, and a supervisor',
  right: [
    right('actors', 'the reader waits for room in the mailbox, and is begun anew where it was', actors()),
    right('actors-with-room-for-all', 'a mailbox that takes what comes', actors({ room: { entries: 100_000, more: 'newest dropped' } })),
  ],
  broken: [
    broken('mailbox-of-1000', {
      summary: 'a mailbox for a thousand entries: what comes when it is full is dropped',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(1100)],
      read: { count: 200 },
      ...actors({ room: { entries: 1000, more: 'newest dropped' } }),
    }),
    broken('mailbox-of-64-overflows', {
      summary: 'a mailbox that is full with 64 entries is cleared, so that its session catches up',
      breaks: '4.8',
      causes: DROPPED,
      steps: [advanceTo('read-called'), append(66)],
      read: { count: 100 },
      ...actors({ room: { entries: 64, more: 'mailbox cleared' } }),
    }),
    broken('supervisor-clears-the-mailbox', {
      summary: 'a reader that failed is begun anew where it was, with an empty mailbox',
      breaks: '4.4',
      causes: ['moved-ahead', ...DROPPED],
      steps: [advanceTo('read-called'), append(8), advanceTo('delivered'), fail('read'), ...times(4, advance())],
      ...actors({ failure: 'mailbox cleared' }),
    }),
    broken('supervisor-restarts-5-times', {
      summary: 'five failures are forgiven in a session, however far apart; the sixth ends it without a word',
      breaks: '5.1',
      causes: ['premature-end'],
      steps: [advanceTo('read-called'), ...separateFailures(6), append(1)],
      ...actors({ restarts: 5 }),
    }),
    broken('circuit-opens-at-12-poisoned', {
      summary: 'after twelve entries that do not decode the next page is let pass, unread',
      breaks: '4.6',
      causes: DROPPED,
      steps: [
        advanceTo('read-called'),
        poison(12),
        ...times(2, advanceTo('read-returned', { outcome: 'batch' })),
        advanceTo('read-called'),
        append(1),
      ],
      ...actors({ breaksAfter: 12 }),
    }),
    broken('stash-newest-first', {
      summary: 'what comes while its client is busy is taken from the stash newest first',
      breaks: '4.7',
      causes: ['nonmonotonic-poll', 'replayed-history'],
      steps: [advanceTo('read-called'), append(3)],
      ...actors({ stash: 'newest first' }),
    }),
  ],
}
