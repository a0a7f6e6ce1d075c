/** What reaches whom, in which order, and which reply belongs to which request. */
import { describe, expect, it } from 'vitest'
import { describeWithServer, until } from '../../../integration/redis.js'
import type { Connection } from '../../../../src/dialects/redis/proxy/proxy.js'
import type { Interceptor } from '../../../../src/dialects/redis/proxy/interceptor.js'
import { lab } from './lab.js'

/** Notes each reply with the command that it answers, and each push. */
function notes() {
  const seen: string[] = []
  const text = (raw: readonly Buffer[]) => Buffer.concat(raw).toString('latin1').replaceAll('\r\n', ' ').trim()
  const interceptor: Interceptor = {
    reply: ({ request }, reply) => void seen.push(`${request.args.map(String).join(' ')} → ${text(reply.raw)}`),
    push: (_, message) => void seen.push(`push ${text(message.raw)}`),
  }
  return { seen, interceptor }
}

await describeWithServer('the wire proxy, before a real Redis,', (start) => {
  const { proxy, client, port } = lab(start)

  const through = async () => {
    const { seen, interceptor } = notes()
    const opened = await proxy(interceptor)
    return { seen, opened, raw: await client(opened.port), connection: () => opened.connections[0]! }
  }

  describe('matches replies with requests', () => {
    it('in a pipeline', async () => {
      const { seen, raw } = await through()
      raw.say('SET k 1').say('INCR k').say('NOSUCH').say('GET k')
      await raw.texts(4)
      expect(seen.map((line) => line.slice(0, 24))).toEqual(['SET k 1 → +OK', 'INCR k → :2', 'NOSUCH → -ERR unknown co', 'GET k → $1 2'])
    })

    it('where empty and inline requests lie between', async () => {
      const { seen, raw } = await through()
      raw.socket.write('\r\n*0\r\nPING\r\n*-1\r\n\r\nECHO "a b"\n')
      expect(await raw.texts(2)).toEqual(['+PONG\r\n', '$3\r\na b\r\n'])
      expect(seen).toEqual(['PING → +PONG', 'ECHO a b → $3 a b'])
    })

    it('in MULTI, whose SELECT counts when EXEC has done it', async () => {
      const { raw, connection } = await through()
      raw.say('MULTI').say('SELECT 3').say('SET k v')
      expect(await raw.texts(3)).toEqual(['+OK\r\n', '+QUEUED\r\n', '+QUEUED\r\n'])
      expect(connection().state).toMatchObject({ inTransaction: true, db: 0 })
      await raw.ask('EXEC')
      expect(connection().state).toMatchObject({ inTransaction: false, db: 3 })
      raw.say('MULTI').say('SELECT 5').say('DISCARD')
      await raw.texts(3)
      raw.say('MULTI').say('SELECT 99').say('SELECT 4').say('NOSUCH')
      await raw.texts(4)
      expect(await raw.ask('EXEC')).toContain('EXECABORT')
      expect(connection().state).toMatchObject({ inTransaction: false, db: 3 })
    })

    it('while it tells what HELLO, CLIENT SETNAME, SELECT and RESET set, and not where they fail', async () => {
      const { raw, connection } = await through()
      await raw.ask('HELLO 3 SETNAME me')
      await raw.ask('SELECT 2')
      expect(connection().state).toMatchObject({ protocol: 3, name: 'me', db: 2 })
      await raw.ask('HELLO 4')
      await raw.ask('SELECT 99')
      expect(connection().state).toMatchObject({ protocol: 3, db: 2 })
      await raw.ask('client setname other')
      expect(connection().state.name).toBe('other')
      expect(await raw.ask('RESET')).toBe('+RESET\r\n')
      expect(connection().state).toMatchObject({ protocol: 2, name: '', db: 0 })
    })

    it('in RESP2 pub/sub mode: a confirmation for each channel, messages as pushes', async () => {
      const { seen, raw } = await through()
      raw.say('LRANGE none 0 -1').say('SUBSCRIBE a b').say('PSUBSCRIBE p*').say('PING')
      await raw.texts(5)
      const other = await client(port())
      await other.ask('PUBLISH a hello')
      await other.ask('PUBLISH p1 there')
      await raw.texts(2)
      raw.say('UNSUBSCRIBE').say('PUNSUBSCRIBE').say('UNSUBSCRIBE').say('RPUSH l message a b').say('LRANGE l 0 -1')
      await raw.texts(6)
      expect(seen.map((line) => line.replaceAll(/\$\d+ /g, ''))).toEqual([
        'LRANGE none 0 -1 → *0',
        'SUBSCRIBE a b → *3 subscribe a :1',
        'SUBSCRIBE a b → *3 subscribe b :2',
        'PSUBSCRIBE p* → *3 psubscribe p* :3',
        'PING → *2 pong $0',
        'push *3 message a hello',
        'push *4 pmessage p* p1 there',
        expect.stringMatching(/^UNSUBSCRIBE → \*3 unsubscribe [ab] :2$/),
        expect.stringMatching(/^UNSUBSCRIBE → \*3 unsubscribe [ab] :1$/),
        'PUNSUBSCRIBE → *3 punsubscribe p* :0',
        'UNSUBSCRIBE → *3 unsubscribe $-1 :0',
        'RPUSH l message a b → :3',
        'LRANGE l 0 -1 → *3 message a b',
      ])
    })

    it('in RESP3, where messages come between the replies to ordinary commands', async () => {
      const { seen, raw } = await through()
      await raw.ask('HELLO 3')
      raw
        .say('SUBSCRIBE a')
        .say('SSUBSCRIBE s')
        .say('RPUSH l message a x')
        .say('PUBLISH a hi')
        .say('LRANGE l 0 -1')
        .say('SUNSUBSCRIBE')
        .say('PING')
      await raw.texts(8)
      expect(seen.slice(1).map((line) => line.replaceAll(/\$\d+ /g, ''))).toEqual([
        'SUBSCRIBE a → >3 subscribe a :1',
        'SSUBSCRIBE s → >3 ssubscribe s :1',
        'RPUSH l message a x → :3',
        'push >3 message a hi',
        'PUBLISH a hi → :1',
        'LRANGE l 0 -1 → *3 message a x',
        'SUNSUBSCRIBE → >3 sunsubscribe s :0',
        'PING → +PONG',
      ])
    })

    it('with client-side caching: an invalidation is a push', async () => {
      const { seen, raw } = await through()
      await raw.ask('HELLO 3')
      raw.say('CLIENT TRACKING ON').say('GET k')
      await raw.texts(2)
      const other = await client(port())
      await other.ask('SET k v')
      raw.say('GET k')
      await raw.texts(2)
      expect(seen.slice(3)).toEqual(['push >2 $10 invalidate *1 $1 k', 'GET k → $1 v'])
    })

    it('where CLIENT REPLY silences some', async () => {
      const { seen, raw } = await through()
      raw.say('CLIENT REPLY SKIP').say('SET a 1').say('GET a').say('CLIENT REPLY OFF').say('SET a 2').say('CLIENT REPLY SKIP').say('INCR a')
      raw.say('CLIENT REPLY ON').say('GET a')
      await raw.texts(3)
      expect(seen).toEqual(['GET a → $1 1', 'CLIENT REPLY ON → +OK', 'GET a → $1 3'])
    })

    it('while MONITOR feeds', async () => {
      const { seen, raw } = await through()
      await raw.ask('MONITOR')
      const other = await client(port())
      await other.ask('SET k v')
      expect(await raw.text()).toContain('"SET" "k" "v"')
      expect(await raw.ask('RESET')).toBe('+RESET\r\n')
      expect(seen.map((line) => line.replace(/\d+\.\d+ \[.*?\]/, '…'))).toEqual([
        'MONITOR → +OK',
        'push +… "SET" "k" "v"',
        'RESET → +RESET',
      ])
    })

    it('when QUIT ends it', async () => {
      const { seen, raw } = await through()
      raw.say('PING').say('QUIT')
      expect(await raw.texts(2)).toEqual(['+PONG\r\n', '+OK\r\n'])
      expect(await raw.over).toBe('end')
      expect(seen).toEqual(['PING → +PONG', 'QUIT → +OK'])
    })
  })

  it('lets blocking commands of several connections wait side by side', async () => {
    const { opened, raw } = await through()
    const others = await Promise.all([1, 2, 3].map(() => client(opened.port)))
    for (const [index, other] of others.entries()) other.say(`BLPOP q${index} 0`).say('PING')
    for (const index of [2, 0, 1]) {
      await raw.ask(`RPUSH q${index} v${index}`)
      expect(await others[index]!.texts(2)).toEqual([`*2\r\n$2\r\nq${index}\r\n$2\r\nv${index}\r\n`, '+PONG\r\n'])
    }
  })

  it('shows each connection as the row of CLIENT LIST that it is', async () => {
    const connections: Connection[] = []
    const opened = await proxy({ connected: (connection) => void connections.push(connection) })
    const raw = await client(opened.port)
    await raw.ask('CLIENT SETNAME it')
    const other = await client(port())
    other.say('CLIENT LIST')
    const list = await other.text()
    expect(list.split('\n').find((row) => row.includes(` addr=${connections[0]!.addr} `))).toContain('name=it')
  })

  it('ends the blocked read of a client that goes away', async () => {
    const { raw } = await through()
    raw.say('BLPOP never 0')
    const other = await client(port())
    await until(async () => (await other.ask('CLIENT LIST')).includes('cmd=blpop'))
    await raw.close()
    await until(async () => !(await other.ask('CLIENT LIST')).includes('cmd=blpop'))
  })
})
