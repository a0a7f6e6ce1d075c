/** What sockets may do to each other: refuse, end, abort, talk nonsense, not read, be slow. */
import { once } from 'node:events'
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { virtualClock } from '../../../../src/clock/clock.js'
import { type Proxy, type ProxyOptions, listen } from '../../../../src/dialects/redis/proxy/proxy.js'
import { encodeBulk, encodeCommand } from '../../../../src/dialects/redis/resp/request.js'
import { until } from '../../../integration/redis.js'
import { RawClient } from './raw-client.js'

const closing: (() => Promise<unknown>)[] = []
const log: string[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  log.length = 0
})

/** A server of our own, which does what a Redis would not. */
async function upstream(serve: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => {}))
    serve(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port
}

async function before(port: number, more: Partial<ProxyOptions> = {}): Promise<Proxy> {
  const proxy = await listen({ upstream: { host: '127.0.0.1', port }, log: (line) => log.push(line), ...more })
  closing.push(async () => {
    await proxy.close()
    expect(proxy.connections).toEqual([])
  })
  return proxy
}

async function client(proxy: Proxy): Promise<RawClient> {
  const raw = await RawClient.open(proxy.port)
  closing.push(() => raw.close())
  return raw
}

const echo = (socket: Socket) => void socket.on('data', () => socket.write('+PONG\r\n')).on('end', () => socket.end())
const gone = (proxy: Proxy) => until(async () => proxy.connections.length === 0)

describe('the server', () => {
  it('that refuses costs the client its connection, in an orderly way', async () => {
    const port = await upstream(echo)
    await closing.pop()!()
    const raw = await client(await before(port))
    expect(await raw.over).toBe('end')
    expect(log).toEqual([expect.stringMatching(/^wire connection 1: closed, because the server cannot be reached: connect ECONNREFUSED/)])
  })

  it('that aborts aborts the client', async () => {
    const proxy = await before(await upstream((socket) => socket.on('data', () => socket.resetAndDestroy())))
    const raw = await client(proxy)
    raw.say('PING')
    expect(await raw.over).toBe('reset')
    await gone(proxy)
  })

  it('that ends after a reply has that reply delivered', async () => {
    const proxy = await before(await upstream((socket) => socket.on('data', () => socket.end('+BYE\r\n'))))
    const raw = await client(proxy)
    expect(await raw.ask('PING')).toBe('+BYE\r\n')
    expect(await raw.over).toBe('end')
    await gone(proxy)
  })

  it('that is not a Redis: what it said before is delivered, and one line tells the rest', async () => {
    const proxy = await before(await upstream((socket) => socket.on('data', () => socket.write('+PONG\r\nsecret\r\n'))))
    const raw = await client(proxy)
    raw.say('PING').say('PING')
    expect(await raw.text()).toBe('+PONG\r\n')
    expect(await raw.over).toBe('end')
    expect(raw.received.toString()).toBe('+PONG\r\n')
    expect(log).toEqual([
      "wire connection 1: closed, because the server sent bytes that are not RESP: expected the type of a reply, got 's' at byte 7",
    ])
  })

  it('that answers what nobody asked has it passed on', async () => {
    const proxy = await before(await upstream((socket) => socket.write('-DENIED no\r\n')))
    const raw = await client(proxy)
    expect(await raw.text()).toBe('-DENIED no\r\n')
    expect(log).toEqual(["wire connection 1: a reply of type '-' that answers no request: passed on"])
  })

  it('on a unix socket is served too, without an address', async () => {
    const path = `\0tailrace-wire-${process.pid}`
    const server = createServer(echo)
    await once(server.listen(path), 'listening')
    closing.push(async () => void server.close())
    const proxy = await before(0, { upstream: { path } })
    const raw = await client(proxy)
    expect(await raw.ask('PING')).toBe('+PONG\r\n')
    expect(proxy.connections[0]!.addr).toBeUndefined()
  })
})

describe('the client', () => {
  it('that half-closes after its commands still gets the replies', async () => {
    const seen: string[] = []
    const port = await upstream((socket) => {
      socket.on('data', (chunk) => seen.push(String(chunk)))
      socket.on('end', () => socket.end('+ONE\r\n+TWO\r\n'))
    })
    const proxy = await before(port)
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.end('PING\r\nPING\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('+ONE\r\n+TWO\r\n')
    expect(seen.join('')).toBe('PING\r\nPING\r\n')
    await gone(proxy)
  })

  it('that aborts takes the connection to the server with it, and no other one', async () => {
    const proxy = await before(await upstream(echo))
    const [first, second] = [await client(proxy), await client(proxy)]
    await first.ask('PING')
    first.socket.resetAndDestroy()
    await until(async () => proxy.connections.length === 1)
    expect(await second.ask('PING')).toBe('+PONG\r\n')
    expect(log).toEqual([])
  })

  it('that sends what is not RESP loses its connection, with one line, which shows nothing of it', async () => {
    const proxy = await before(await upstream(echo))
    const [first, second] = [await client(proxy), await client(proxy)]
    first.socket.write('*1\r\nsecret\r\n')
    await first.over
    expect(log).toEqual(["wire connection 1: closed, because the client sent bytes that are not RESP: expected '$', got 's' at byte 4"])
    expect(await second.ask('PING')).toBe('+PONG\r\n')
  })
})

describe('back-pressure', () => {
  const BIG = encodeBulk(Buffer.alloc(1 << 20, 'x'))

  it('of a client that does not read reaches the server', async () => {
    let stuck = 0
    const port = await upstream((socket) => {
      socket.resume()
      const more = () => {
        while (socket.write(BIG)) stuck = 0
        stuck++
      }
      socket.on('drain', more)
      more()
    })
    const proxy = await before(port)
    const socket = connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {})
    closing.push(async () => socket.destroy())
    await once(socket, 'connect')
    socket.pause()
    socket.write('PING\r\n')
    const held = await steady(() => proxy.connections[0]?.state && process.memoryUsage().arrayBuffers)
    expect(held).toBeLessThan(100 * (1 << 20))
    expect(stuck).toBeGreaterThan(0)
  })

  it('of a server that does not read reaches the client', async () => {
    const proxy = await before(await upstream((socket) => socket.pause()))
    const raw = await client(proxy)
    const command = encodeCommand('SET', 'k', Buffer.alloc(1 << 20))
    let sent = 0
    while (raw.socket.write(command)) sent++
    for (let i = 0; i < 60; i++) raw.socket.write(command)
    const waiting = await steady(() => raw.socket.writableLength)
    expect(waiting).toBeGreaterThan(20 * (1 << 20))
    expect(sent).toBeLessThan(60)
  })
})

/** The value that stays for a while. */
async function steady<T>(value: () => T): Promise<T> {
  let last = value()
  for (let same = 0; same < 2_000; ) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = value()
    same = now === last ? same + 1 : 0
    last = now
  }
  return last
}

describe('the listening socket', () => {
  it('refuses and accepts again on the same port; connections that there are stay', async () => {
    const proxy = await before(await upstream(echo))
    const { port } = proxy
    const raw = await client(proxy)
    proxy.refuse()
    for (let i = 0; i < 3; i++) await expect(RawClient.open(port)).rejects.toThrow('ECONNREFUSED')
    expect(await raw.ask('PING')).toBe('+PONG\r\n')
    await proxy.accept()
    expect(proxy.port).toBe(port)
    expect(await (await client(proxy)).ask('PING')).toBe('+PONG\r\n')
    await proxy.accept()
    expect(proxy.connections).toHaveLength(2)
  })

  it('is on loopback, and says so when the port is taken', async () => {
    const proxy = await before(await upstream(echo))
    expect(proxy.host).toBe('127.0.0.1')
    await expect(before(1, { port: proxy.port })).rejects.toThrow('EADDRINUSE')
  })

  it('closes with everything that goes through it', async () => {
    const proxy = await before(await upstream(echo))
    const clients = await Promise.all([1, 2, 3].map(() => client(proxy)))
    await Promise.all(clients.map((raw) => raw.ask('PING')))
    await proxy.close()
    expect(proxy.connections).toEqual([])
    await Promise.all(clients.map(({ over }) => over))
    await expect(RawClient.open(proxy.port)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a slow link', () => {
  it('passes small portions, with pauses, in order, and can be made fast again', async () => {
    const clock = virtualClock()
    const began = clock.now()
    const reply = encodeBulk(Buffer.from(Array.from({ length: 500 }, (_, index) => index % 251)))
    const proxy = await before(await upstream((socket) => void socket.on('data', () => socket.write(reply))), {
      link: { bytesPerWrite: 10, delayMs: 100, clock },
    })
    const raw = await client(proxy)
    raw.say('GET')
    expect(Buffer.concat((await raw.next()).raw)).toEqual(reply)
    expect(clock.now() - began).toBeGreaterThanOrEqual(5_000)
    proxy.connections[0]!.slow(undefined)
    raw.say('GET')
    expect(Buffer.concat((await raw.next()).raw)).toEqual(reply)
  })
})
