/**
 * An agent's tokens, streamed to a browser: a stream repository, `sseTaskEvents` over it, and node:http. See README.md.
 *
 *  - `GET /`                   the page
 *  - `GET /tasks/:id/events`   the stream, from the tail; resumed with `Last-Event-ID`, or `?from=0-0` for the beginning
 *  - `POST /tasks/:id/events`  appends the JSON of the body
 */
import { realpathSync } from 'node:fs'
import { type IncomingMessage, type Server, type ServerResponse, createServer as createHttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Clock, systemClock } from '../../src/clock/clock.js'
import { type SseTaskEvents, isTerminalEvent, sseTaskEvents } from '../../src/consumers/sse.js'
import { isStreamId } from '../../src/contract/stream-id.js'
import { type Json, type StreamRepository, isUnknownOutcome } from '../../src/contract/stream-repository.js'
import { InMemoryStreamRepository } from '../../src/model/in-memory-repository.js'
import type { ScheduleReadOptions } from '../../src/schedule/schedule.js'
import { page } from './page.js'
import { pipeFrames } from './stream.js'

export interface SseServerOptions {
  readonly repository: StreamRepository
  readonly clock: Clock
  readonly read?: ScheduleReadOptions
  /** The loop that reads for a client. Default `sseTaskEvents()`. */
  readonly events?: SseTaskEvents
}

const MAX_BODY_BYTES = 64 * 1024
const ROUTE = /^\/tasks\/([\w-]{1,64})\/events$/

/** An answer that is not 200. */
class HttpError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message)
  }
}

const READ: ScheduleReadOptions = { timeoutMs: 2000, count: 10 }

export function createServer({ repository, clock, read = READ, events = sseTaskEvents() }: SseServerOptions): Server {
  /** Tasks that are over. A real system asks its task table; this one knows only what passed through it. */
  const ended = new Set<string>()

  async function stream(topic: string, from: string | undefined, response: ServerResponse): Promise<void> {
    const client = new AbortController()
    response.on('close', () => client.abort())
    // Without a listener, a write that comes after the client has gone would end the process.
    response.on('error', () => client.abort())
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    response.flushHeaders()
    const { signal } = client
    const status = async () => (ended.has(topic) ? 'done' : 'running')
    const resumed = from === undefined ? {} : { from }
    await pipeFrames(events({ repository, topic, clock, signal, read, status, ...resumed }), response, signal)
    response.end()
  }

  async function append(topic: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const data = await jsonBody(request)
    const id = await repository.sendData(topic, data)
    if (isTerminalEvent(data)) ended.add(topic)
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id }))
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === '/' && request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
      return
    }
    const task = ROUTE.exec(url.pathname)?.[1]
    if (task === undefined) throw new HttpError(404, 'no such page')
    if (request.method === 'GET') await stream(`task:${task}`, resumeFrom(request, url), response)
    else if (request.method === 'POST') await append(`task:${task}`, request, response)
    else throw new HttpError(405, 'GET or POST')
  }

  return createHttpServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else fail(response, error)
    })
  })
}

/** A browser sends `Last-Event-ID` when it reconnects; it is newer than the address that the page was opened with. */
function resumeFrom(request: IncomingMessage, url: URL): string | undefined {
  const from = request.headers['last-event-id']?.toString() || url.searchParams.get('from')
  if (!from) return undefined
  if (!isStreamId(from)) throw new HttpError(400, 'not an entry id')
  return from
}

async function jsonBody(request: IncomingMessage): Promise<Json> {
  // Also keeps other origins out: a page elsewhere cannot send this type without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) throw new HttpError(415, 'application/json, please')
  const chunks: Buffer[] = []
  let bytes = 0
  // Leaving the iteration would otherwise cut the connection, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, `more than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json
  } catch {
    throw new HttpError(400, 'not JSON')
  }
}

function fail(response: ServerResponse, error: unknown): void {
  // Not known is not the same as not done: a client that sends it again may have it twice.
  const [code, message] =
    error instanceof HttpError
      ? [error.code, error.message]
      : isUnknownOutcome(error)
        ? [504, 'it may or may not have been appended']
        : [503, 'the store failed']
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${message}\n`)
}

async function openRepository(url: string | undefined): Promise<StreamRepository> {
  if (!url) return new InMemoryStreamRepository({ clock: systemClock })
  const { RedisStreamRepository } = await import('../../src/adapters/ioredis.js')
  return new RedisStreamRepository(url)
}

async function main(): Promise<void> {
  const repository = await openRepository(process.env['REDIS_URL'])
  const server = createServer({ repository, clock: systemClock })
  // Loopback only: whoever can reach it may append.
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) console.log(`http://127.0.0.1:${address.port}/`)
  })
  const stop = () => {
    server.close(() => void repository.close?.())
    server.closeAllConnections()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main()
