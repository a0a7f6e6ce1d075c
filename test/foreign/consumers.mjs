/**
 * Correct consumers in the styles of other people's code: each loses nothing, repeats nothing and keeps the order. They import nothing of
 * the harness, so that none of them is right only by its helpers.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, on, once } from 'node:events'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

// ── What a few of them share

const connected = { type: 'connected' }
const frame = ({ id, data }) => ({ type: 'entry', id, data })
export const framed = {
  entryOf: (each) => (each.type === 'entry' ? { id: each.id, data: each.data } : undefined),
  isAnnouncement: (each) => each.type === 'connected',
}

/** Asks for the tail until there is one; undefined where the client has left. */
async function tail({ repository, topic, clock, signal, from }) {
  while (!signal.aborted) {
    try {
      return from ?? (await repository.getStreamTailId(topic))
    } catch {
      await clock.sleep(250, signal)
    }
  }
  return undefined
}

/** One read as an array, with what came before an error. */
async function page({ repository, topic, read }, after, options = {}) {
  const entries = []
  try {
    for await (const entry of repository.readMessages(topic, after, { ...read, ...options })) entries.push(entry)
  } catch (error) {
    return { entries, error }
  }
  return { entries, error: undefined }
}

const good = ({ undecodable }) => undecodable === undefined

/** Calls `each` for every entry, in order, until the signal aborts; waits for it. */
async function forEachEntry(context, cursor, each, signal = context.signal) {
  while (!signal.aborted) {
    const { entries, error } = await page(context, cursor, { signal })
    for (const entry of entries) {
      if (signal.aborted) return
      if (good(entry)) await each(entry)
      cursor = entry.id
    }
    if (error !== undefined) await context.clock.sleep(500, signal)
    else if (entries.length === 0) await context.clock.sleep(50, signal)
  }
}

/** A queue between one who puts and one who takes. `put` resolves when there is room again. */
class Channel {
  #items = []
  #takers = []
  #putters = []

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room
  }

  async put(item) {
    const taker = this.#takers.shift()
    if (taker !== undefined) return taker(item)
    this.#items.push(item)
    if (this.#items.length > this.room) await new Promise((resolve) => this.#putters.push(resolve))
  }

  take(signal) {
    if (this.#items.length > 0) {
      this.#putters.shift()?.()
      return Promise.resolve(this.#items.shift())
    }
    if (signal.aborted) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const leave = () => {
        this.#takers.splice(this.#takers.indexOf(taker), 1)
        resolve(undefined)
      }
      const taker = (item) => {
        signal.removeEventListener('abort', leave)
        resolve(item)
      }
      this.#takers.push(taker)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Lets everybody go who waits for room. */
  release() {
    for (const go of this.#putters.splice(0)) go()
  }
}

const consumers = []
const add = (name, summary, consume, more = {}) => consumers.push({ name, summary, consume, ...framed, ...more })
export default consumers

// ── Events

add(
  'emitter-once',
  'an EventEmitter for a mailbox: the loop waits for "more" with once(), and looks before it waits',
  async function* (context) {
    const { signal } = context
    const start = await tail(context)
    if (start === undefined) return
    const mail = []
    const bus = new EventEmitter()
    const reading = forEachEntry(context, start, (entry) => {
      mail.push(entry)
      bus.emit('more')
    })
    yield connected
    try {
      while (!signal.aborted) {
        const entry = mail.shift()
        if (entry !== undefined) yield frame(entry)
        else await once(bus, 'more', { signal }).catch(() => undefined)
      }
    } finally {
      await reading
    }
  },
)

add('events-on', 'events.on() is attached before anything is read', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const bus = new EventEmitter()
  const entries = on(bus, 'entry', { signal: context.signal })
  const reading = forEachEntry(context, start, (entry) => bus.emit('entry', entry))
  yield connected
  try {
    for await (const [entry] of entries) yield frame(entry)
  } catch (error) {
    if (error.name !== 'AbortError') throw error
  } finally {
    await reading
  }
})

add('event-target', 'EventTarget and CustomEvent-like events, as in a browser', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const target = new EventTarget()
  const inbox = new Channel()
  target.addEventListener('message', (event) => void inbox.put(event.entry))
  yield connected
  const reading = forEachEntry(context, start, (entry) => target.dispatchEvent(Object.assign(new Event('message'), { entry })))
  for (let entry = await inbox.take(context.signal); entry !== undefined; entry = await inbox.take(context.signal)) yield frame(entry)
  await reading
})

add(
  'announces-late',
  'what it hands out comes two turns of the event loop later, the announcement too, and it reads on meanwhile',
  async function* (context) {
    const start = await tail(context)
    if (start === undefined) return
    const inbox = new Channel()
    const later = (item) => setImmediate(() => setImmediate(() => void inbox.put(item)))
    later(connected)
    const reading = forEachEntry(context, start, (entry) => later(frame(entry)))
    for (let item = await inbox.take(context.signal); item !== undefined; item = await inbox.take(context.signal)) yield item
    await reading
  },
)

// ── Callbacks and observables

add('callbacks', 'callbacks with an error first, and setImmediate between reads', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const inbox = new Channel()
  yield connected
  const read = (after, done) => void page(context, after, { signal: context.signal }).then(({ entries, error }) => done(error, entries))
  const over = new Promise((resolve) => {
    const again = (after) => (context.signal.aborted ? resolve() : read(after, (error, entries) => taken(after, error, entries)))
    const taken = (after, error, entries) => {
      for (const entry of entries) if (good(entry)) void inbox.put(entry)
      const next = entries.at(-1)?.id ?? after
      if (error !== undefined || entries.length === 0) void context.clock.sleep(100, context.signal).then(() => again(next))
      else setImmediate(again, next)
    }
    again(start)
  })
  for (let entry = await inbox.take(context.signal); entry !== undefined; entry = await inbox.take(context.signal)) yield frame(entry)
  await over
})

add('observable', 'subscribe({ next, error }), with a subscription that is unsubscribed', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const observable = {
    subscribe({ next, error }) {
      const left = new AbortController()
      const signal = AbortSignal.any([context.signal, left.signal])
      const done = forEachEntry(context, start, next, signal).catch(error)
      return { unsubscribe: () => (left.abort(), done) }
    },
  }
  yield connected
  const inbox = new Channel()
  const subscription = observable.subscribe({ next: (entry) => void inbox.put(entry), error: () => undefined })
  try {
    for (let entry = await inbox.take(context.signal); entry !== undefined; entry = await inbox.take(context.signal)) yield frame(entry)
  } finally {
    await subscription.unsubscribe()
  }
})

add('operators', 'from, filter, map and concatMap over an async iterator, written as functions that compose', (context) => {
  const compose =
    (...stages) =>
    (source) =>
      stages.reduce((stream, stage) => stage(stream), source)
  const filter = (keep) =>
    async function* (source) {
      for await (const item of source) if (keep(item)) yield item
    }
  const map = (change) =>
    async function* (source) {
      for await (const item of source) yield change(item)
    }
  async function* entries() {
    let after = await tail(context)
    if (after === undefined) return
    yield connected
    while (!context.signal.aborted) {
      const { entries: batch, error } = await page(context, after, { signal: context.signal })
      for (const entry of batch) {
        if (context.signal.aborted) return
        yield entry
        after = entry.id
      }
      if (error !== undefined || batch.length === 0) await context.clock.sleep(100, context.signal)
    }
  }
  return compose(
    filter((item) => item === connected || good(item)),
    map((item) => (item === connected ? item : frame(item))),
  )(entries())
})

// ── Streams

add('readable-class', 'class extends Readable, one read for each _read', async function* (context) {
  class Entries extends Readable {
    #after

    constructor() {
      super({ objectMode: true, highWaterMark: 1 })
    }

    _read() {
      this.#next().then(
        (item) => this.push(item),
        (error) => this.destroy(error),
      )
    }

    #batch = []
    async #next() {
      if (this.#after === undefined) {
        this.#after = await tail(context)
        return this.#after === undefined ? null : connected
      }
      while (!context.signal.aborted) {
        const entry = this.#batch.shift()
        if (entry !== undefined && !good(entry)) continue
        if (entry !== undefined) return frame(entry)
        const { entries, error } = await page(context, this.#after, { signal: context.signal })
        this.#batch = entries
        this.#after = entries.at(-1)?.id ?? this.#after
        if (error !== undefined || entries.length === 0) await context.clock.sleep(100, context.signal)
      }
      return null
    }
  }
  const stream = new Entries()
  context.signal.addEventListener('abort', () => stream.push(null), { once: true })
  try {
    yield* stream
  } finally {
    stream.destroy()
  }
})

add('pass-through', 'a pump writes into a PassThrough and waits for "drain"', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const out = new PassThrough({ objectMode: true, highWaterMark: 2 })
  out.write(connected)
  const pumping = forEachEntry(context, start, async (entry) => {
    if (!out.write(frame(entry))) await once(out, 'drain', { signal: context.signal }).catch(() => undefined)
  }).then(() => out.end())
  context.signal.addEventListener('abort', () => out.end(), { once: true })
  try {
    yield* out
  } finally {
    out.destroy()
    await pumping
  }
})

add(
  'pipeline-of-transforms',
  'stream/promises pipeline(): Readable.from, two Transforms, and a PassThrough that is read',
  async function* (context) {
    const stage = (change) => new Transform({ objectMode: true, transform: (item, _, done) => done(null, change(item)) })
    async function* source() {
      let after = await tail(context)
      if (after === undefined) return
      yield connected
      while (!context.signal.aborted) {
        const { entries, error } = await page(context, after, { signal: context.signal })
        for (const entry of entries) {
          if (good(entry)) yield frame(entry)
          after = entry.id
        }
        if (error !== undefined || entries.length === 0) await context.clock.sleep(100, context.signal)
      }
    }
    const out = new PassThrough({ objectMode: true })
    const done = pipeline(
      Readable.from(source()),
      stage((item) => ({ ...item })),
      stage((item) => structuredClone(item)),
      out,
      {
        signal: context.signal,
      },
    ).catch(() => undefined)
    try {
      yield* out
    } catch (error) {
      if (!context.signal.aborted) throw error
    } finally {
      out.destroy()
      await done
    }
  },
)

add('web-stream-pull', 'a ReadableStream whose pull() reads, with a strategy of one', async function* (context) {
  let after
  let batch = []
  const stream = new ReadableStream(
    {
      async pull(controller) {
        if (after === undefined) {
          after = await tail(context)
          return after === undefined ? controller.close() : controller.enqueue(connected)
        }
        while (!context.signal.aborted) {
          const entry = batch.shift()
          if (entry !== undefined) {
            if (!good(entry)) continue
            return controller.enqueue(frame(entry))
          }
          const { entries, error } = await page(context, after, { signal: context.signal })
          batch = entries
          after = entries.at(-1)?.id ?? after
          if (error !== undefined || entries.length === 0) await context.clock.sleep(100, context.signal)
        }
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const reader = stream.getReader()
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield value
})

add('web-stream-transform', 'pipeThrough() a TransformStream that makes text, and one that parses it again', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  yield connected
  const { readable, writable } = new TransformStream({
    transform: (entry, controller) => controller.enqueue(JSON.stringify([entry.id, entry.data])),
  })
  const writer = writable.getWriter()
  const reading = forEachEntry(context, start, (entry) => writer.write(entry)).finally(() => writer.close().catch(() => undefined))
  const lines = readable.pipeThrough(
    new TransformStream({
      transform(line, controller) {
        const [id, data] = JSON.parse(line)
        controller.enqueue({ type: 'entry', id, data })
      },
    }),
  )
  const reader = lines.getReader()
  context.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true })
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) yield value
  await reading.catch(() => undefined)
})

// ── Queues, locks, and things done side by side

add('channel-of-three', 'reader and writer with a bounded channel between them', async function* (context) {
  const start = await tail(context)
  if (start === undefined) return
  const channel = new Channel(3)
  yield connected
  const reading = forEachEntry(context, start, (entry) => channel.put(entry))
  for (let entry = await channel.take(context.signal); entry !== undefined; entry = await channel.take(context.signal)) yield frame(entry)
  channel.release()
  await reading
})

add('look-then-wait', 'drains with reads that do not wait, and waits only when there was nothing', async function* (context) {
  let after = await tail(context)
  if (after === undefined) return
  yield connected
  let wait = false
  while (!context.signal.aborted) {
    const { entries, error } = await page(context, after, { signal: context.signal, timeoutMs: wait ? context.read.timeoutMs : 0 })
    for (const entry of entries) {
      if (context.signal.aborted) return
      if (good(entry)) yield frame(entry)
      after = entry.id
    }
    if (error !== undefined) await context.clock.sleep(100, context.signal)
    wait = error === undefined && entries.length === 0
  }
})

add(
  'page-of-two-then-fifty',
  'small pages first and large ones when it is behind; waits longer the quieter it is',
  async function* (context) {
    let after = await tail(context)
    if (after === undefined) return
    yield connected
    let count = 2
    let timeoutMs = 250
    while (!context.signal.aborted) {
      const { entries, error } = await page(context, after, { signal: context.signal, count, timeoutMs })
      for (const entry of entries) {
        if (context.signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      count = entries.length === count ? 50 : 2
      timeoutMs = entries.length === 0 ? Math.min(4000, timeoutMs * 2) : 250
      if (error !== undefined) await context.clock.sleep(100, context.signal)
    }
  },
)

add('leaves-after-one', 'breaks out of the iteration after each entry, and reads anew', async function* (context) {
  const { repository, topic, signal, clock, read } = context
  let after = await tail(context)
  if (after === undefined) return
  yield connected
  while (!signal.aborted) {
    let got
    try {
      for await (const entry of repository.readMessages(topic, after, { ...read, signal })) {
        got = entry
        break
      }
    } catch {
      await clock.sleep(100, signal)
      continue
    }
    if (got === undefined) continue
    if (signal.aborted) return
    if (good(got)) yield frame(got)
    after = got.id
  }
})

add(
  'gives-each-read-a-second',
  'ends each read by a signal of its own after a second, and asks again above the same entry',
  async function* (context) {
    const { clock, signal } = context
    let after = await tail(context)
    if (after === undefined) return
    yield connected
    while (!signal.aborted) {
      const late = new AbortController()
      const answered = new AbortController()
      const timer = clock.sleep(1000, AbortSignal.any([signal, answered.signal])).then(() => late.abort())
      const { entries, error } = await page(context, after, { signal: AbortSignal.any([signal, late.signal]) })
      answered.abort()
      await timer
      for (const entry of entries) {
        if (signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (error !== undefined) await clock.sleep(100, signal)
    }
  },
)

const turns = new Map()
add(
  'lock-around-looks',
  'the consumers of a process take turns: only who holds the lock looks, and nobody waits in the store with it',
  async function* (context) {
    const { topic, signal, clock } = context
    const inTurn = (work) => {
      const turn = (turns.get(topic) ?? Promise.resolve()).then(work)
      turns.set(
        topic,
        turn.then(
          () => undefined,
          () => undefined,
        ),
      )
      return turn
    }
    let after = await tail(context)
    if (after === undefined) return
    yield connected
    while (!signal.aborted) {
      const from = after
      const { entries } = await inTurn(() => (signal.aborted ? { entries: [] } : page(context, from, { signal, timeoutMs: 0 })))
      for (const entry of entries) {
        if (signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (entries.length === 0) await clock.sleep(200, signal)
    }
  },
)

add(
  'pipelined-reads',
  'the answer to one read is looked at while the next is on its way, if the first was full',
  async function* (context) {
    const { signal, clock, read } = context
    let after = await tail(context)
    if (after === undefined) return
    yield connected
    let ahead
    while (!signal.aborted) {
      const { entries, error } = await (ahead ?? page(context, after, { signal }))
      const last = entries.at(-1)?.id
      ahead = error === undefined && entries.length === read.count ? page(context, last, { signal }) : undefined
      for (const entry of entries) {
        if (signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (error !== undefined) await clock.sleep(100, signal)
    }
  },
)

const context = new AsyncLocalStorage()
add('context-of-its-own', 'the cursor lives in an AsyncLocalStorage', (given) => {
  async function* frames() {
    const store = { after: await tail(given) }
    if (store.after === undefined) return
    yield connected
    while (!given.signal.aborted) {
      const { entries, error } = await context.run(store, () => page(given, context.getStore().after, { signal: given.signal }))
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield frame(entry)
        store.after = entry.id
      }
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  }
  return frames()
})

// ── The shape of the loop

add('state-machine', 'a class with a switch, one step at a time', (given) => {
  class Machine {
    state = 'start'
    after = undefined
    queue = []

    async step() {
      switch (this.state) {
        case 'start':
          this.after = await tail(given)
          this.state = this.after === undefined ? 'end' : 'read'
          return this.after === undefined ? undefined : connected
        case 'read': {
          const { entries, error } = await page(given, this.after, { signal: given.signal })
          this.queue = entries
          if (entries.length > 0) this.state = 'give'
          else this.state = error === undefined ? 'read' : 'rest'
          return undefined
        }
        case 'give': {
          const entry = this.queue.shift()
          if (entry === undefined) {
            this.state = 'read'
            return undefined
          }
          this.after = entry.id
          return good(entry) ? frame(entry) : undefined
        }
        default:
          await given.clock.sleep(1000, given.signal)
          this.state = 'read'
          return undefined
      }
    }
  }
  const machine = new Machine()
  return {
    async *[Symbol.asyncIterator]() {
      while (!given.signal.aborted && machine.state !== 'end') {
        const item = await machine.step()
        if (item !== undefined && !given.signal.aborted) yield item
      }
    },
  }
})

add('iterator-by-hand', 'an object with next() and return(), no generator anywhere', (given) => {
  let after
  let started = false
  let queue = []
  let over = false
  async function next() {
    if (!started) {
      started = true
      after = await tail(given)
      return after === undefined ? { done: true, value: undefined } : { done: false, value: connected }
    }
    while (!given.signal.aborted && !over) {
      const entry = queue.shift()
      if (entry === undefined) {
        const { entries, error } = await page(given, after, { signal: given.signal })
        queue = entries
        if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
        continue
      }
      after = entry.id
      if (good(entry)) return { done: false, value: frame(entry) }
    }
    return { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]: () => ({
      next,
      return: async () => {
        over = true
        return { done: true, value: undefined }
      },
    }),
  }
})

add('recursive', 'yield* of itself instead of a loop', (given) => {
  async function* from(after) {
    if (given.signal.aborted) return
    const { entries, error } = await page(given, after, { signal: given.signal })
    for (const entry of entries) {
      if (given.signal.aborted) return
      if (good(entry)) yield frame(entry)
      after = entry.id
    }
    if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    yield* from(after)
  }
  return (async function* () {
    const start = await tail(given)
    if (start === undefined) return
    yield connected
    yield* from(start)
  })()
})

add('hops', 'a few turns of the microtask queue, of nextTick and of setImmediate between whatever it does', async function* (given) {
  const hop = async () => {
    for (let i = 0; i < 5; i++) await Promise.resolve()
    await new Promise((resolve) => process.nextTick(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }
  let after = await tail(given)
  if (after === undefined) return
  await hop()
  yield connected
  while (!given.signal.aborted) {
    await hop()
    const { entries, error } = await page(given, after, { signal: given.signal })
    for (const entry of entries) {
      await hop()
      if (given.signal.aborted) return
      if (good(entry)) yield frame(entry)
      after = entry.id
    }
    if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
  }
})

add('history-first', 'reads the whole history and hands out nothing of it: the last of it is where it starts', async function* (given) {
  const { signal, clock, from } = given
  let after = '0-0'
  while (from === undefined && !signal.aborted) {
    const { entries, error } = await page(given, after, { signal, timeoutMs: 0 })
    after = entries.at(-1)?.id ?? after
    if (error !== undefined) await clock.sleep(100, signal)
    else if (entries.length === 0) break
  }
  after = from ?? after
  if (signal.aborted) return
  yield connected
  while (!signal.aborted) {
    const { entries, error } = await page(given, after, { signal })
    for (const entry of entries) {
      if (signal.aborted) return
      if (good(entry)) yield frame(entry)
      after = entry.id
    }
    if (error !== undefined || entries.length === 0) await clock.sleep(100, signal)
  }
})

// ── What the client gets

add(
  'server-sent-events',
  'hands out text: id, data and a blank line; a comment while it is quiet',
  async function* (given) {
    let after = await tail(given)
    if (after === undefined) return
    yield 'event: open\ndata: {}\n\n'
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield `id: ${entry.id}\ndata: ${JSON.stringify(entry.data)}\n\n`
        after = entry.id
      }
      if (entries.length === 0) yield ': quiet\n\n'
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  {
    isAnnouncement: (text) => text.startsWith('event: open\n'),
    entryOf: (text) => {
      const [, id, data] = /^id: (\S+)\ndata: (.*)\n\n$/s.exec(text) ?? []
      return id === undefined ? undefined : { id, data: JSON.parse(data) }
    },
  },
)

add(
  'binary-frames',
  'length, then JSON, in a Buffer',
  async function* (given) {
    const encode = (value) => {
      const body = Buffer.from(JSON.stringify(value))
      const head = Buffer.alloc(4)
      head.writeUInt32BE(body.length)
      return Buffer.concat([head, body])
    }
    let after = await tail(given)
    if (after === undefined) return
    yield encode({ hello: 1 })
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield encode({ at: entry.id, body: entry.data })
        after = entry.id
      }
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  {
    isAnnouncement: (buffer) => JSON.parse(buffer.subarray(4)).hello === 1,
    entryOf: (buffer) => {
      const { at, body } = JSON.parse(buffer.subarray(4))
      return at === undefined ? undefined : { id: at, data: body }
    },
  },
)

add(
  'numbered-envelopes',
  'envelopes numbered within the connection, with no id of the entry',
  async function* (given) {
    let after = await tail(given)
    let seq = 0
    if (after === undefined) return
    yield { seq: seq++, kind: 'ready' }
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield { seq: seq++, kind: 'data', payload: entry.data }
        after = entry.id
      }
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  { isAnnouncement: ({ kind }) => kind === 'ready', entryOf: ({ kind, payload }) => (kind === 'data' ? { data: payload } : undefined) },
)

add(
  'ids-only',
  'tells its client which entries there are, and not what they hold',
  async function* (given) {
    let after = await tail(given)
    if (after === undefined) return
    yield { ready: true }
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield { changed: entry.id }
        after = entry.id
      }
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  { isAnnouncement: ({ ready }) => ready === true, entryOf: ({ changed }) => (changed === undefined ? undefined : { id: changed }) },
)

add(
  'goes-back-after-errors',
  'at least once: after an error it goes back to where the last whole page began',
  async function* (given) {
    let after = await tail(given)
    if (after === undefined) return
    let before = after
    yield connected
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      if (error === undefined && entries.length > 0) before = after
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (error !== undefined) after = before
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  { delivery: 'at-least-once' },
)

add('remembers-a-thousand', 'goes back after errors, too, and leaves out what is among the last thousand it gave', async function* (given) {
  let after = await tail(given)
  if (after === undefined) return
  let before = after
  const given1000 = new Set()
  yield connected
  while (!given.signal.aborted) {
    const { entries, error } = await page(given, after, { signal: given.signal })
    if (error === undefined && entries.length > 0) before = after
    for (const entry of entries) {
      if (given.signal.aborted) return
      after = entry.id
      if (!good(entry) || given1000.has(entry.id)) continue
      given1000.add(entry.id)
      if (given1000.size > 1000) given1000.delete(given1000.values().next().value)
      yield frame(entry)
    }
    if (error !== undefined) after = before
    if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
  }
})

add(
  'from-the-beginning',
  'everything there is, then what comes; announces nothing',
  async function* (given) {
    let after = given.from ?? '0-0'
    while (!given.signal.aborted) {
      const { entries, error } = await page(given, after, { signal: given.signal })
      for (const entry of entries) {
        if (given.signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (error !== undefined || entries.length === 0) await given.clock.sleep(100, given.signal)
    }
  },
  { startsAt: 'beginning', isAnnouncement: undefined, capabilities: { resumes: true } },
)

add(
  'ends-at-an-error',
  'throws what the store throws; whoever wants more connects again',
  async function* (given) {
    const { repository, topic, signal, read } = given
    let after = given.from ?? (await repository.getStreamTailId(topic))
    yield connected
    while (!signal.aborted) {
      for await (const entry of repository.readMessages(topic, after, { ...read, signal })) {
        if (signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
    }
  },
  { capabilities: { retries: false, resumes: true } },
)

add(
  'drains-after-done',
  'looks at the status after each empty read, and drains to the end once it is done',
  async function* (given) {
    const { signal, clock, status } = given
    let after = await tail(given)
    if (after === undefined) return
    yield connected
    for (let done = false; !signal.aborted; ) {
      const { entries, error } = await page(given, after, { signal, ...(done ? { timeoutMs: 0 } : {}) })
      for (const entry of entries) {
        if (signal.aborted) return
        if (good(entry)) yield frame(entry)
        after = entry.id
      }
      if (error !== undefined) await clock.sleep(100, signal)
      else if (entries.length > 0) continue
      else if (done) return
      else done = (await status()) === 'done'
    }
  },
  { capabilities: { endsOnStatus: true, resumes: true } },
)

add(
  'set-interval-pings',
  'setInterval for pings, setTimeout for pauses',
  async function* (given) {
    const { signal } = given
    let pings = 0
    const timer = setInterval(() => pings++, 5000)
    try {
      let after = await tail(given)
      if (after === undefined) return
      yield connected
      while (!signal.aborted) {
        const { entries, error } = await page(given, after, { signal })
        for (; pings > 0 && !signal.aborted; pings--) yield { type: 'ping' }
        for (const entry of entries) {
          if (signal.aborted) return
          if (good(entry)) yield frame(entry)
          after = entry.id
        }
        if (error !== undefined || entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 80))
      }
    } finally {
      clearInterval(timer)
    }
  },
  { timers: 'system' },
)
