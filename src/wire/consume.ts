/**
 * A program on the wire as a consumer like any other: its requests on the topic are the calls of a repository, so they
 * pass the same probe and are held at the same gates; what it shows is what it hands out.
 *
 * ```
 *   program ── XREAD ──▶ inbox ──▶ readMessages: read-called … sent to Redis … read-returned ──▶ reply to the program
 *           ── a line with a token ──▶ inbox ──▶ delivered
 * ```
 * One thing is taken from the inbox at a time. `delivered` holds nothing but this loop: the program runs on until it
 * asks for more, and is held there. What it does between two requests cannot be seen, nor disturbed.
 */
import { systemClock } from '../clock/clock.js'
import type { StreamId } from '../contract/stream-id.js'
import type { ConsumeContext } from '../subject/subject.js'
import type { Exchange, Passing } from './exchange.js'
import { Inbox } from './inbox.js'
import type { Line, LineOptions } from './line.js'
import type { Message } from './messages.js'
import { TOKEN, isElsewhere } from './sentinels.js'
import type { WireProgram, WireSubject } from '../subject/wire-subject.js'

export type WireFrame = { readonly token: string } | 'announcement'

/** What one session of a program runs on. */
export interface Wiring {
  readonly subject: WireSubject
  /** A probe of the session's own, which hands over what comes through it. */
  line(consumer: number, on: LineEvents): Promise<Line>
  /** @throws where this key is somebody else's. */
  claim(key: string): Promise<void>
  /** Names an exchange, so that a call of the repository can speak of it. */
  hold(exchange: Exchange, consumer: number): string
  /** Lets a command through to the server. Resolves when that has answered. */
  command(name: string): Promise<void>
  /** The tokens of entries that were read. */
  tokens(ids: readonly string[]): readonly string[]
  /** The entry that holds this token. */
  idOf(token: string): StreamId | undefined
}

/** What comes through a line. */
export type LineEvents = Pick<LineOptions, 'onRequest' | 'onMessage' | 'onOver'>

/**
 * Programs that were seen to announce only once their tail was answered. Not known of a program that runs for the first time: its
 * tail waits, in case it is one that announces first and its output was slower.
 */
const announceAfterTail = new WeakSet<WireSubject>()

export async function* consumeOverWire(wiring: Wiring, context: ConsumeContext): AsyncGenerator<WireFrame> {
  const { signal } = context
  const { subject } = wiring
  const inbox = new Inbox<Exchange>(systemClock, {
    announces: subject.announces ?? false,
    precedes: ({ request }) => (request.kind !== 'tail' ? 'no' : announceAfterTail.has(subject) ? 'yes' : 'unknown'),
  })
  let tails = 0
  let waits = false
  const line = await wiring.line(context.consumer ?? 0, {
    // While a read of it waits, what it does beside that is not kept waiting.
    onRequest: (request) => {
      if (waits && request.request.kind === 'command') void serve(wiring, request, context, inbox)
      else inbox.push({ type: 'request', request })
    },
    onMessage: (message) => {
      if (waits) void tell(wiring, message, context, inbox)
      else inbox.push({ type: 'message', message })
    },
    onOver: () => inbox.drop((request) => request.over),
  })
  // Not awaited: it may read before it says that it has started.
  const program = start(subject, line, inbox)
  try {
    for (let next = await inbox.next(signal); next !== undefined; next = await inbox.next(signal)) {
      if (next.type === 'request') {
        if (next.request.request.kind === 'tail') tails++
        waits = next.request.request.kind === 'read' && next.request.request.timeoutMs > 0
        await serve(wiring, next.request, context, inbox)
        waits = false
      } else if (next.type === 'message') await tell(wiring, next.message, context, inbox)
      else if (next.type === 'delivery') yield { token: next.token }
      else if (next.type === 'announcement') {
        if (tails > 0) announceAfterTail.add(subject)
        yield 'announcement'
      } else if (next.error === undefined) return
      else throw new Error(next.error)
    }
  } finally {
    await end(program, line)
  }
}

/** Time to say good-bye, before the probe is taken away from under it, and after. */
const GRACE_MS = 1500

async function end(program: Promise<WireProgram | undefined>, line: Line): Promise<void> {
  const stopped = program.then((started) => started?.stop()).catch(() => undefined)
  await within(GRACE_MS, stopped)
  await line.close()
  await within(GRACE_MS, stopped)
}

async function within(ms: number, settled: Promise<void>): Promise<void> {
  const late = new AbortController()
  await Promise.race([settled, systemClock.sleep(ms, late.signal)])
  late.abort()
}

/** Undefined where it does not start; the inbox then knows why. */
async function start(subject: WireSubject, line: Line, inbox: Inbox<Exchange>): Promise<WireProgram | undefined> {
  const exit = (error: string | undefined) => inbox.push({ type: 'exit', ...(error === undefined ? {} : { error }) })
  try {
    const program = await subject.start({
      url: line.url,
      host: line.host,
      port: line.port,
      topic: line.topic,
      onDelivery: (text) => {
        for (const token of new Set(text.match(TOKEN))) if (!isElsewhere(token)) inbox.push({ type: 'delivery', token })
      },
      onAnnouncement: () => inbox.push({ type: 'announcement' }),
    })
    void program.ended?.then(exit)
    return program
  } catch (error) {
    exit(messageOf(error))
    return undefined
  }
}

/** Takes one request through its gates, and lets the answer through to the program. */
async function serve(wiring: Wiring, exchange: Exchange, context: ConsumeContext, inbox: Inbox<Exchange>): Promise<void> {
  const { repository, signal, consumer = 0 } = context
  const { request } = exchange
  // A program with a mind of its own may have led us to it.
  await wiring.claim(exchange.key)
  const onAbort = () => exchange.cut()
  signal.addEventListener('abort', onAbort)
  try {
    const name = wiring.hold(exchange, consumer)
    if (request.kind === 'tail') await repository.getStreamTailId(name)
    else if (request.kind === 'command') await context.gates!.command(request.name, () => wiring.command(name))
    else {
      const { count, timeoutMs } = request
      const ids: string[] = []
      const cursor = request.cursors[request.keys.indexOf(exchange.key)]!
      for await (const { id } of repository.readMessages(name, cursor, { count, timeoutMs, signal })) ids.push(id)
      inbox.expect(wiring.tokens(ids))
    }
    exchange.pass({ is: 'forwarded' })
  } catch (error) {
    if (!exchange.over) exchange.pass(error instanceof WireError ? error.passing : { is: 'error', error: `ERR ${messageOf(error)}` })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Takes a message of a channel through its gate. */
async function tell(wiring: Wiring, message: Message, context: ConsumeContext, inbox: Inbox<Exchange>): Promise<void> {
  const tokens = [...new Set(message.text.match(TOKEN))].filter((token) => !isElsewhere(token))
  const ids = tokens.flatMap((token) => wiring.idOf(token) ?? [])
  await context.gates!.notified(ids[0])
  inbox.told(tokens)
  message.pass()
}

/** No answer, or an error for an answer: the program's read has failed. */
export class WireError extends Error {
  override readonly name = 'WireError'

  constructor(
    message: string,
    /** What the program gets. */
    readonly passing: Passing,
  ) {
    super(message)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ')
