/** Clients that people use, through the proxy, as they come. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { Redis as Redis5 } from 'ioredis5'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { describeWithServer, until } from '../../../integration/redis.js'
import { lab } from './lab.js'

await describeWithServer('through the wire proxy', (start) => {
  const password = 'correct horse'
  const { proxy, port, log } = lab(async () => {
    const server = await start()
    const admin = new Redis(server.url, { disableClientInfo: true })
    await admin.call('ACL', 'SETUSER', 'reader', 'on', `>${password}`, '~*', '&*', '+@all')
    await admin.quit()
    return server
  })
  const url = (at: number) => `redis://reader:${encodeURIComponent(password)}@127.0.0.1:${at}/2`

  /** The commands that reached the server, in order. */
  async function observed() {
    const commands: string[] = []
    const opened = await proxy({ request: ({ command }) => void commands.push(command) })
    return { opened, commands }
  }

  describe.each([
    ['ioredis 6', (at: string) => new Redis(at, { connectionName: 'me', replyMapping: 'legacy' }) as unknown as Redis5],
    ['ioredis 5', (at: string) => new Redis5(at, { connectionName: 'me' })],
  ])('%s', (_, open) => {
    it('connects with user, password, database and name, and does what it can', async () => {
      const { opened, commands } = await observed()
      const client = open(url(opened.port))
      expect(await client.set('k', 'v')).toBe('OK')
      expect(opened.connections[0]!.state).toMatchObject({ db: 2, name: 'me' })
      expect(commands).toContain('SET')
      expect(await client.multi().incr('n').incr('n').exec()).toEqual([
        [null, 1],
        [null, 2],
      ])
      const pipeline = client.pipeline()
      for (let i = 0; i < 300; i++) pipeline.echo(String(i))
      expect((await pipeline.exec())!.map(([, reply]) => reply)).toEqual(Array.from({ length: 300 }, (_, index) => String(index)))
      await client.xadd('s', '1-1', 'f', 'v')
      expect(await client.xread('COUNT', 1, 'BLOCK', 1, 'STREAMS', 's', '0')).toEqual([['s', [['1-1', ['f', 'v']]]]])
      expect(await client.xread('COUNT', 1, 'BLOCK', 1, 'STREAMS', 's', '1-1')).toBeNull()
      const big = Buffer.alloc(10 << 20, 7)
      await client.set('big', big)
      expect((await client.getBuffer('big'))!.equals(big)).toBe(true)
      client.disconnect()
      await until(async () => opened.connections.length === 0)
      expect(log).toEqual([])
    })

    it('subscribes, hears, and unsubscribes', async () => {
      const { opened } = await observed()
      const [subscriber, publisher] = [open(url(opened.port)), open(url(opened.port))]
      const heard: string[] = []
      subscriber.on('message', (channel: string, message: string) => heard.push(`${channel} ${message}`))
      subscriber.on('pmessage', (pattern: string, channel: string, message: string) => heard.push(`${pattern} ${channel} ${message}`))
      expect(await subscriber.subscribe('a', 'b')).toBe(2)
      await subscriber.psubscribe('c*')
      await publisher.publish('a', 'one')
      await publisher.publish('c1', 'two')
      await until(async () => heard.length === 2)
      expect(heard).toEqual(['a one', 'c* c1 two'])
      // With names: without any, ioredis waits for ever while a pattern is subscribed, also straight at a server.
      await subscriber.unsubscribe('a', 'b')
      await subscriber.punsubscribe('c*')
      expect(await subscriber.get('none')).toBeNull()
      subscriber.disconnect()
      publisher.disconnect()
      expect(log).toEqual([])
    })
  })

  describe.each([2, 3] as const)('node-redis 6 with RESP%d', (RESP) => {
    it('does what it can', async () => {
      const { opened } = await observed()
      const client = createClient({ url: url(opened.port), RESP, name: 'me' })
      client.on('error', () => {})
      await client.connect()
      expect(opened.connections[0]!.state).toMatchObject({ protocol: RESP, db: 2, name: 'me' })
      await client.hSet('h', { a: '1', b: '2' })
      expect({ ...(await client.hGetAll('h')) }).toEqual({ a: '1', b: '2' })
      expect(await client.multi().incr('n').incr('n').exec()).toEqual([1, 2])
      await client.xAdd('s', '1-1', { f: 'v' })
      expect(JSON.stringify(await client.xRead({ key: 's', id: '0' }))).toContain('"1-1"')
      expect(await client.xRead({ key: 's', id: '1-1' }, { BLOCK: 1 })).toBeNull()
      const heard: string[] = []
      const subscriber = client.duplicate()
      subscriber.on('error', () => {})
      await subscriber.connect()
      await subscriber.subscribe('a', (message: string) => heard.push(message))
      await client.publish('a', 'one')
      await until(async () => heard.length === 1)
      await subscriber.unsubscribe()
      await subscriber.close()
      await client.close()
      await until(async () => opened.connections.length === 0)
      expect(log).toEqual([])
    })
  })

  it('redis-cli does, with RESP2 and RESP3', async () => {
    const { opened, commands } = await observed()
    const cli = async (...words: string[]) => (await promisify(execFile)('redis-cli', ['-p', String(opened.port), ...words])).stdout.trim()
    expect(await cli('SET', 'k', 'v')).toBe('OK')
    expect(await cli('GET', 'k')).toBe('v')
    expect(await cli('XADD', 's', '1-1', 'f', 'v')).toBe('1-1')
    expect(await cli('-3', '--json', 'XREAD', 'STREAMS', 's', '0')).toBe('{"s":[["1-1",["f","v"]]]}')
    expect(await cli('--user', 'reader', '--pass', password, '--no-auth-warning', '-n', '2', 'DBSIZE')).toBe('0')
    expect(commands).toEqual(expect.arrayContaining(['SET', 'GET', 'XADD', 'HELLO', 'XREAD', 'AUTH', 'SELECT', 'DBSIZE']))
  })

  it('one that is held in a read does not keep another one of the same process waiting', async () => {
    const held: (() => void)[] = []
    const opened = await proxy({
      reply: ({ command }) => (command === 'XREAD' ? new Promise((resolve) => held.push(() => resolve(undefined))) : undefined),
    })
    const [reader, writer] = [new Redis(url(opened.port), { replyMapping: 'legacy' }), new Redis(url(port()), { replyMapping: 'legacy' })]
    const read = reader.xread('BLOCK', 0, 'STREAMS', 's', '$')
    await until(async () => String(await writer.client('LIST')).includes('cmd=xread'))
    await writer.xadd('s', '1-1', 'f', 'v')
    await until(async () => held.length === 1)
    expect(await writer.xlen('s')).toBe(1)
    held[0]!()
    expect(await read).toEqual([['s', [['1-1', ['f', 'v']]]]])
    reader.disconnect()
    writer.disconnect()
  })
})
