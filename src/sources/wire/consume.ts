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
import type { StreamId } from '../../contract/stream-id.js'
import { PENDING } from '../../history/event.js'
import type { ConsumeContext } from '../../subject/subject.js'
import type { Exchange, Passing } from '../../dialects/redis/wire/exchange.js'
import type { Hosts } from './host.js'
import type { Inbox } from './inbox.js'
import type { Line, LineOptions, Message } from '../../dialects/redis/wire/probe.js'
import type { ReadRequest } from '../../dialects/redis/wire/classification.js'
import { TOKEN, isElsewhere } from './sentinels.js'
import type { WireSubject } from '../../subject/wire-subject.js'

export type WireFrame = { readonly token: string } | 'announcement'

/** What one session of a program runs on. */
export interface Wiring {
  readonly subject: WireSubject
  /** A probe for a program of these consumers, which hands over what comes through it. */
  line(consumers: readonly number[], on: LineEvents): Promise<Line>
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

export async function* consumeOverWire(hosts: Hosts, context: ConsumeContext): AsyncGenerator<WireFrame> {
  const { signal, consumer = 0 } = context
  const { wiring } = hosts
  const host = hosts.of(consumer)
  const seat = await host.join(consumer)
  const { inbox } = seat
  try {
    for (let next = await inbox.next(signal); next !== undefined; next = await inbox.next(signal)) {
      if (next.type === 'request') {
        const { request } = next.request
        // While a read of it waits, what it does beside that is not kept waiting.
        if (request.kind === 'read' && request.timeoutMs > 0) {
          seat.beside = (item) =>
            void (item.type === 'message' ? tell(wiring, item.message, context, inbox) : serve(wiring, item.request, context, inbox))
        }
        await serve(wiring, next.request, context, inbox)
        seat.beside = undefined
      } else if (next.type === 'message') await tell(wiring, next.message, context, inbox)
      else if (next.type === 'delivery') yield { token: next.token }
      else if (next.type === 'announcement') {
        host.announced()
        yield 'announcement'
      } else if (next.error === undefined) return
      else throw new Error(next.error)
    }
  } finally {
    await host.leave(consumer)
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
      for await (const { id } of repository.readMessages(name, cursorOf(request, exchange.key), { count, timeoutMs, signal })) ids.push(id)
      inbox.expect(wiring.tokens(ids))
    }
    exchange.pass({ is: 'forwarded' })
  } catch (error) {
    if (!exchange.over) exchange.pass(error instanceof WireError ? error.passing : { is: 'error', error: `ERR ${messageOf(error)}` })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function cursorOf({ keys, cursors, group }: ReadRequest, key: string): string {
  const cursor = cursors[keys.indexOf(key)]!
  return group !== undefined && cursor !== '>' ? PENDING : cursor
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
