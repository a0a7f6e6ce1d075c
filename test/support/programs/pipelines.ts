/** Programs that put a pipeline between their loop and their client: it reads ahead, and everything takes its turns. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, on } from 'node:events'
import { PassThrough, Readable, Transform, pipeline } from 'node:stream'
import { MessageChannel } from 'node:worker_threads'
import type { ConsumeContext } from '../../../src/subject/subject.js'
import { type Program, type Programs, program } from './program.js'

type Frame =
  | { readonly type: 'ready' }
  | { readonly type: 'failed' }
  | { readonly type: 'entry'; readonly id: string; readonly data: unknown }

interface Mistakes {
  /** Where it goes on after an empty read, or a failed one. */
  readonly afterEmpty?: 'tail'
  readonly afterError?: 'tail'
  readonly announcesFirst?: boolean
}

/** The loop, entry by entry. */
async function* loop({ repository, topic, signal, clock, read, from }: ConsumeContext, mistakes: Mistakes = {}): AsyncGenerator<Frame> {
  let cursor: string | undefined = from
  let announced = false
  while (!signal.aborted) {
    let count = 0
    try {
      if (!announced && mistakes.announcesFirst) yield { type: 'ready' }
      cursor ??= await repository.getStreamTailId(topic)
      if (!announced && !mistakes.announcesFirst) yield { type: 'ready' }
      announced = true
      for await (const { id, data, undecodable } of repository.readMessages(topic, cursor, { ...read, signal })) {
        count++
        if (undecodable === undefined) yield { type: 'entry', id, data }
        cursor = id
      }
      if (count === 0 && mistakes.afterEmpty === 'tail') cursor = undefined
    } catch {
      if (signal.aborted) return
      if (mistakes.afterError === 'tail') cursor = undefined
      yield { type: 'failed' }
      await clock.sleep(200, signal)
      continue
    }
    if (count === 0) await clock.sleep(100, signal)
  }
}

type Pipe = (frames: AsyncGenerator<Frame>, signal: AbortSignal) => AsyncIterable<Frame>

const piped = (pipe: Pipe, mistakes?: Mistakes): Program =>
  program<Frame>({
    consume: (context) => pipe(loop(context, mistakes), context.signal),
    isAnnouncement: ({ type }) => type === 'ready',
    entryOf: (frame) => (frame.type === 'entry' ? { id: frame.id, data: frame.data } : undefined),
  })

const objects = (change: (frame: Frame, pass: (frame?: Frame) => void) => void, highWaterMark = 16) =>
  new Transform({ objectMode: true, highWaterMark, transform: (frame: Frame, _, done) => change(frame, (out) => done(null, out)) })

/** Through streams of Node, the last of them read by the client. */
const through = (makeAll: () => readonly Transform[], highWaterMark = 16): Pipe =>
  async function* (frames) {
    const source = Readable.from(frames, { highWaterMark })
    const all = makeAll()
    pipeline([source, ...all], () => {})
    try {
      yield* all.at(-1)! as AsyncIterable<Frame>
    } finally {
      for (const stream of [source, ...all]) stream.destroy()
    }
  }

/** A queue, filled by a loop that does not wait for its client unless `room` is used up. */
const queued = (room: number, push = (queue: Frame[], frame: Frame): unknown => queue.push(frame)): Pipe =>
  async function* (frames, signal) {
    const queue: Frame[] = []
    let wake = () => {}
    const change = () => new Promise<void>((resolve) => (wake = resolve))
    let changed = change()
    const tell = () => {
      wake()
      changed = change()
    }
    signal.addEventListener('abort', tell)
    const filling = (async () => {
      for await (const frame of frames) {
        push(queue, frame)
        tell()
        while (queue.length >= room && !signal.aborted) await changed
      }
    })()
    try {
      while (!signal.aborted) {
        const frame = queue.shift()
        if (frame === undefined) await changed
        else {
          tell()
          yield frame
        }
      }
    } finally {
      await filling
    }
  }

const webStreams = (highWaterMark: number): Pipe =>
  async function* (frames) {
    const source = new ReadableStream<Frame>(
      {
        pull: async (controller) => {
          const { done, value } = await frames.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
      },
      { highWaterMark },
    )
    const reader = source.pipeThrough(new TransformStream<Frame, Frame>()).getReader()
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
    } finally {
      await reader.cancel()
    }
  }

/** Lines of JSON, in bytes, in pieces of 16 of them. */
const asBytes: Pipe = async function* (frames) {
  const encode = new Transform({
    writableObjectMode: true,
    readableHighWaterMark: 16,
    transform: (frame, _, done) => done(null, `${JSON.stringify(frame)}\n`),
  })
  const bytes = new PassThrough({ highWaterMark: 16 })
  pipeline([Readable.from(frames), encode, bytes], () => {})
  let rest = ''
  try {
    for await (const piece of bytes.setEncoding('utf8')) {
      const lines = (rest + piece).split('\n')
      rest = lines.pop()!
      for (const line of lines) yield JSON.parse(line) as Frame
    }
  } finally {
    bytes.destroy()
  }
}

const emitted: Pipe = async function* (frames, signal) {
  const emitter = new EventEmitter()
  const events = on(emitter, 'frame', { signal })
  const emitting = (async () => {
    for await (const frame of frames) emitter.emit('frame', frame)
  })()
  try {
    for await (const [frame] of events) yield frame as Frame
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await emitting
  }
}

/** In the manner of observables: whoever subscribes is called, and one operator is put on another. */
type Observable<T> = (next: (value: T) => unknown) => void
const concatMap =
  <T>(of: Observable<T>, work: (value: T) => Promise<T>): Observable<T> =>
  (next) => {
    let last = Promise.resolve()
    const inTurn = async (before: Promise<void>, value: T) => {
      await before
      next(await work(value))
    }
    of((value) => (last = inTurn(last, value)))
  }

/** @param left what is done about its source where a client leaves it. */
const observed = (left: (source: Promise<void>) => unknown): Pipe =>
  async function* (frames, signal) {
    const queue: Frame[] = []
    let wake = () => {}
    signal.addEventListener('abort', () => wake())
    let source = Promise.resolve()
    const subject: Observable<Frame> = (next) => {
      source = (async () => {
        for await (const frame of frames) next(frame)
      })()
    }
    concatMap(subject, async (frame) => structuredClone(frame))((frame) => {
      queue.push(frame)
      wake()
    })
    try {
      while (!signal.aborted) {
        const frame = queue.shift()
        if (frame === undefined) await new Promise<void>((resolve) => (wake = resolve))
        else yield frame
      }
    } finally {
      await left(source)
    }
  }

const overPort: Pipe = async function* (frames, signal) {
  const { port1, port2 } = new MessageChannel()
  const received: Frame[] = []
  let wake = () => {}
  port2.on('message', (frame: Frame) => {
    received.push(frame)
    wake()
  })
  signal.addEventListener('abort', () => wake())
  const sending = (async () => {
    for await (const frame of frames) port1.postMessage(frame)
  })()
  try {
    while (!signal.aborted) {
      const frame = received.shift()
      if (frame === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else yield frame
    }
  } finally {
    await sending
    port1.close()
  }
}

const inContext: Pipe = async function* (frames, signal) {
  const storage = new AsyncLocalStorage<{ readonly signal: AbortSignal }>()
  const source = storage.run({ signal }, () => Readable.from(frames))
  const iterator = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = (await storage.run({ signal }, () => iterator.next())) as IteratorResult<Frame, void>
      if (next.done) return
      yield next.value
    }
  } finally {
    source.destroy()
  }
}

const same = () => objects((frame, pass) => pass(frame))
const later = () => objects((frame, pass) => void setImmediate(pass, frame), 1)

export const right: Programs = {
  'Readable.from and a Transform': piped(through(() => [same()])),
  'three Transforms': piped(through(() => [same(), same(), same()])),
  'one frame at a time': piped(through(() => [same()], 1)),
  'a Transform that takes a turn of the event loop': piped(through(() => [later()])),
  'Readable.map': piped((frames) => Readable.from(frames).map((frame: Frame) => frame, { concurrency: 2 })),
  'bytes in pieces': piped(asBytes),
  'web streams': piped(webStreams(1)),
  'web streams that read ahead': piped(webStreams(8)),
  'a queue for two': piped(queued(2)),
  'a queue without an end': piped(queued(Number.POSITIVE_INFINITY)),
  'events of an emitter': piped(emitted),
  observers: piped(observed((source) => source)),
  'a port': piped(overPort),
  'a context': piped(inContext),
  'a pipeline of generators': piped((frames) =>
    pipeline(
      frames,
      async function* (source: AsyncIterable<Frame>) {
        yield* source
      },
      new PassThrough({ objectMode: true }),
      () => {},
    ),
  ),
}

/** Drops the oldest where there is no room left. */
const dropping = queued(Number.POSITIVE_INFINITY, (queue, frame) => {
  queue.push(frame)
  if (queue.length > 3) queue.shift()
})

/** Passes a frame on when the next one comes. */
const oneBehind = () => {
  let kept: Frame | undefined
  return objects((frame, pass) => {
    if (frame.type !== 'entry') return pass(frame)
    const before = kept
    kept = frame
    pass(before)
  })
}

const swapping = () => {
  let kept: Frame | undefined
  return new Transform({
    objectMode: true,
    transform(frame: Frame, _, done) {
      const before = kept
      kept = undefined
      if (before !== undefined) {
        this.push(frame)
        return done(null, before)
      }
      if (frame.type !== 'entry' || !JSON.stringify(frame.data).includes('s2@')) return done(null, frame)
      kept = frame
      done()
    },
  })
}

/** With the rule that each breaks. */
export const wrong: Readonly<Record<string, readonly [rule: string, program: Program]>> = {
  'observers that nobody stops': ['5.4', piped(observed(() => {}))],
  'asks for the tail after an empty read': [
    '4.2',
    piped(
      through(() => [same()]),
      { afterEmpty: 'tail' },
    ),
  ],
  'asks for the tail after an error': ['4.5', piped(webStreams(8), { afterError: 'tail' })],
  'is ready before it has asked for the tail': [
    '4.1',
    piped(
      through(() => [same()]),
      { announcesFirst: true },
    ),
  ],
  'is ready before it has asked, in bytes': ['4.1', piped(asBytes, { announcesFirst: true })],
  'drops what there is no room for': ['4.8', piped(dropping)],
  'is one frame behind': ['4.8', piped(through(() => [oneBehind()]))],
  'swaps two frames': ['4.7', piped(through(() => [swapping()]))],
}
