/** What an interceptor can do to requests and replies, and to whom. */
import { describe, expect, it } from 'vitest'
import { describeWithServer, until } from '../../../integration/redis.js'
import type { Connection } from '../../../../src/dialects/redis/proxy/proxy.js'
import type { Exchange } from '../../../../src/dialects/redis/proxy/sides.js'
import type { Interceptor, ReplyDecision, RequestDecision } from '../../../../src/dialects/redis/proxy/interceptor.js'
import { encodeError, encodeNullArray } from '../../../../src/dialects/redis/resp/reply.js'
import { lab } from './lab.js'

/** A promise, and the way to settle it. */
function gate<T>() {
  let open!: (value: T) => void
  const promise = new Promise<T>((resolve) => {
    open = resolve
  })
  return { promise, open }
}

await describeWithServer('an interceptor of the wire proxy', (start) => {
  const { proxy, client, port, log } = lab(start)

  const through = async (interceptor: Interceptor) => client((await proxy(interceptor)).port)
  const direct = () => client(port())

  describe('of requests', () => {
    it('holds one: the server does not know it, what is behind it waits, other connections go on', async () => {
      const held = gate<undefined>()
      const came = gate<Exchange>()
      const at = await proxy({
        request: (exchange) => {
          if (exchange.command !== 'INCR') return undefined
          came.open(exchange)
          return held.promise
        },
      })
      const [raw, other] = [await client(at.port), await client(at.port)]
      raw.say('SET k 1').say('INCR k').say('GET k')
      expect(await raw.text()).toBe('+OK\r\n')
      expect((await came.promise).index).toBe(2)
      expect(await other.ask('GET k')).toBe('$1\r\n1\r\n')
      expect(raw.received.toString()).toBe('+OK\r\n')
      held.open(undefined)
      expect(await raw.texts(2)).toEqual([':2\r\n', '$1\r\n2\r\n'])
    })

    it('answers one itself, in its turn, without asking the server', async () => {
      const raw = await through({
        request: ({ command }) => (command === 'INCR' ? { action: 'answer', reply: encodeError('LOADING not yet') } : undefined),
      })
      raw.say('INCR k').say('SET k 1').say('INCR k').say('INCR k').say('GET k').say('INCR k')
      const loading = '-LOADING not yet\r\n'
      expect(await raw.texts(6)).toEqual([loading, '+OK\r\n', loading, loading, '$1\r\n1\r\n', loading])
    })

    it.each([0, 3, 9, 100])('answers one with %d bytes of its own, and destroys the connection', async (after) => {
      const raw = await through({
        request: ({ command }) => (command === 'INCR' ? { action: 'answer', reply: encodeError('LOADING'), after } : undefined),
      })
      raw.say('SET k 1').say('INCR k').say('GET k')
      await raw.over
      expect(raw.received.toString()).toBe(`+OK\r\n${'-LOADING\r\n'.slice(0, after)}`)
    })

    it('answers a blocked read when it wants to', async () => {
      const held = gate<RequestDecision>()
      const raw = await through({ request: ({ command }) => (command === 'XREAD' ? held.promise : undefined) })
      raw.say('PING').say('XREAD BLOCK 0 STREAMS s $').say('PING')
      expect(await raw.text()).toBe('+PONG\r\n')
      held.open({ action: 'answer', reply: encodeNullArray(2) })
      expect(await raw.texts(2)).toEqual(['*-1\r\n', '+PONG\r\n'])
    })

    it('destroys the connection instead: what came before it has been done', async () => {
      const raw = await through({ request: ({ command }) => (command === 'GET' ? { action: 'destroy' } : undefined) })
      raw.say('SET before 1').say('GET k').say('SET after 1')
      await raw.over
      const other = await direct()
      await until(async () => (await other.ask('EXISTS before')) === ':1\r\n')
      expect(await other.ask('EXISTS after')).toBe(':0\r\n')
    })
  })

  describe('of replies', () => {
    it('holds one: the server has done it, what is behind it waits', async () => {
      const held = gate<undefined>()
      const raw = await through({ reply: ({ command }) => (command === 'INCR' ? held.promise : undefined) })
      raw.say('SET k 1').say('INCR k').say('GET k')
      expect(await raw.text()).toBe('+OK\r\n')
      const other = await direct()
      await until(async () => (await other.ask('GET k')) === '$1\r\n2\r\n')
      expect(raw.received.toString()).toBe('+OK\r\n')
      held.open(undefined)
      expect(await raw.texts(2)).toEqual([':2\r\n', '$1\r\n2\r\n'])
    })

    it('replaces one, and the others stay as they are', async () => {
      const raw = await through({
        reply: ({ command }) => (command === 'XADD' ? { action: 'replace', reply: encodeError('OOM command not allowed') } : undefined),
      })
      raw.say('PING').say('XADD s 1-1 f v').say('XLEN s')
      expect(await raw.texts(3)).toEqual(['+PONG\r\n', '-OOM command not allowed\r\n', ':1\r\n'])
    })

    it.each([0, 1, 5, 8, 100])('cuts one after %d bytes, and the connection with it', async (after) => {
      const raw = await through({ reply: ({ command }) => (command === 'GET' ? { action: 'cut', after } : undefined) })
      raw.say('SET k hello').say('GET k').say('SET k later').say('PING')
      expect(await raw.over).toBe('end')
      expect(raw.received.toString()).toBe(`+OK\r\n${'$5\r\nhello\r\n'.slice(0, after)}`)
    })

    it('cuts one within a payload of many chunks', async () => {
      const raw = await through({ reply: ({ command }) => (command === 'GET' ? { action: 'cut', after: 3_000_000 } : undefined) })
      raw.send('SET', 'k', Buffer.alloc(5_000_000, 'x')).say('GET k')
      expect(await raw.over).toBe('end')
      expect(raw.received).toHaveLength(3_000_005)
    })

    it('holds one for good: the connection closes as ever, and the promise keeps nothing open', async () => {
      const at = await proxy({ reply: () => new Promise<ReplyDecision>(() => {}) })
      const raw = await client(at.port)
      raw.say('PING')
      const other = await direct()
      await until(async () => (await other.ask('CLIENT LIST')).includes('cmd=ping'))
      await raw.close()
      await until(async () => at.connections.length === 0)
    })

    it('still delivers a held reply of a server that has ended, then ends too', async () => {
      const held = gate<undefined>()
      const raw = await through({ reply: ({ command }) => (command === 'GET' ? held.promise : undefined) })
      raw.say('SET k v').say('GET k')
      await raw.text()
      const other = await direct()
      await until(async () => (await other.ask('CLIENT LIST')).includes('cmd=get'))
      await other.ask('CLIENT KILL TYPE normal SKIPME yes')
      held.open(undefined)
      expect(await raw.text()).toBe('$1\r\nv\r\n')
      expect(await raw.over).toBe('end')
    })
  })

  it('learns of connections: connected, ended, closed, and by whom', async () => {
    const events: string[] = []
    const connections: Connection[] = []
    const at = await proxy({
      connected: (connection) => {
        connections.push(connection)
        events.push(`${connection.id} connected`)
      },
      ended: ({ id }) => void events.push(`${id} ended`),
      closed: ({ id }, by) => void events.push(`${id} closed by ${by}`),
    })
    const first = await client(at.port)
    await first.ask('PING')
    first.socket.end()
    await connections[0]!.closed
    const second = await client(at.port)
    await second.ask('PING')
    second.socket.resetAndDestroy()
    await connections[1]!.closed
    const third = await client(at.port)
    await third.ask('QUIT')
    await connections[2]!.closed
    const fourth = await client(at.port)
    await fourth.ask('PING')
    connections[3]!.destroy()
    await connections[3]!.closed
    expect(events).toEqual([
      '1 connected',
      '1 ended',
      '1 closed by client',
      '2 connected',
      '2 closed by client',
      '3 connected',
      '3 closed by server',
      '4 connected',
      '4 closed by proxy',
    ])
  })

  it.each<[string, Interceptor]>([
    [
      'throws at a request',
      {
        request: () => {
          throw new Error('no')
        },
      },
    ],
    ['rejects a request', { request: () => Promise.reject(new Error('no')) }],
    [
      'throws at a reply',
      {
        reply: () => {
          throw new Error('no')
        },
      },
    ],
    ['rejects a reply', { reply: () => Promise.reject(new Error('no')) }],
  ])('that %s costs that connection, and a line in the log', async (_, interceptor) => {
    const at = await proxy({
      request: (exchange) => (exchange.command === 'ECHO' ? interceptor.request?.(exchange) : undefined),
      reply: (exchange, reply) => (exchange.command === 'ECHO' ? interceptor.reply?.(exchange, reply) : undefined),
    })
    const [raw, other] = [await client(at.port), await client(at.port)]
    raw.say('ECHO secret')
    await raw.over
    expect(log).toEqual(['wire connection 1: closed, because the interceptor failed: no'])
    expect(await other.ask('PING')).toBe('+PONG\r\n')
  })
})
