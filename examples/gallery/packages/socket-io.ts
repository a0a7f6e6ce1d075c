/**
 * The Redis Streams adapter of Socket.IO: what one server broadcasts, another reads from the stream and sends to the
 * clients that are connected to it. Delivered is what such a client has received.
 */
import { once } from 'node:events'
import { type Server as HttpServer, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { createClient } from 'redis'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'
import { type Exhibit, cutWhileBlocked, emptyGap, keeps, loses, warm } from '../exhibit.js'
import { type PublishContext, type WireContext, defineWire } from '../tailrace.js'

const EVENT = 'sentinel'
/** The adapter's default. */
const STREAM = 'socket.io'

interface Node {
  readonly server: Server
  readonly http: HttpServer
  readonly close: () => Promise<void>
}

/** A Socket.IO server on the stream, set up as the adapter's README says. */
async function openNode(url: string): Promise<Node> {
  const client = createClient({ url })
  // node-redis ends the process over an error that nobody listens to, and a cut connection is one.
  client.on('error', () => {})
  await client.connect()
  const http = createServer()
  const server = new Server(http, { adapter: createAdapter(client) })
  return {
    server,
    http,
    close: async () => {
      await server.close()
      client.destroy()
    },
  }
}

/** The server that is tested, and a client of it. */
async function start({ url, onDelivery }: WireContext) {
  const { http, close } = await openNode(url)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const browser = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false })
  browser.on(EVENT, onDelivery)
  await new Promise<void>((resolve, reject) => {
    browser.once('connect', resolve)
    browser.once('connect_error', reject)
  })
  return {
    stop: async () => {
      browser.disconnect()
      await close()
    },
  }
}

/** The server that broadcasts stays up for all the runs, as it would. */
class Broadcaster {
  #node: Promise<Node> | undefined

  async broadcast({ url, token }: PublishContext): Promise<void> {
    this.#node ??= openNode(url)
    const { server } = await this.#node
    const packet = { type: 2, data: [EVENT, token], nsp: '/' }
    // What `io.emit` does. This adapter gives a promise of when it is done, which the type of all adapters does not say.
    const done: unknown = server.of('/').adapter.broadcast(packet, { rooms: new Set(), except: new Set(), flags: {} })
    await done
  }

  async close(): Promise<void> {
    await (await this.#node)?.close()
  }
}

function exhibit(what: string, trials: Exhibit['trials']): Exhibit {
  const other = new Broadcaster()
  return {
    package: '@socket.io/redis-streams-adapter',
    what,
    subject: defineWire({ name: 'socket.io adapter', topic: STREAM, start, publish: (context) => other.broadcast(context) }),
    trials,
    close: () => other.close(),
  }
}

const trials = [emptyGap, cutWhileBlocked]

export const socketIo: readonly Exhibit[] = [
  exhibit('with redis (node-redis)', trials.map(loses)),
  exhibit('with redis (node-redis), after a broadcast', trials.map(warm).map(keeps)),
]
