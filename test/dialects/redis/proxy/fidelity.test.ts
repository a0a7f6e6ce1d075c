/** The same commands, with and without the proxy, give the same bytes. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { describeWithServer } from '../../../integration/redis.js'
import { encodeCommand } from '../../../../src/dialects/redis/resp/request.js'
import { lab } from './lab.js'
import { END, randomCommands } from './random-commands.js'
import { chunksOf } from '../resp/messages.js'

await describeWithServer('through the wire proxy', (start) => {
  const { proxy, client, port, log } = lab(start)

  /** Everything that a fresh connection to an empty server gets for these bytes. */
  async function replies(at: number, bytes: Buffer, lengths: readonly number[], protocol: 2 | 3): Promise<string> {
    const raw = await client(at)
    await raw.ask('FLUSHALL')
    await raw.ask(`HELLO ${protocol}`)
    const before = raw.received.length
    for (const chunk of chunksOf(bytes, lengths)) {
      raw.socket.write(chunk)
      if (chunk.length < 100) await setImmediate()
    }
    while (!(await raw.text()).includes(END));
    const all = raw.received.subarray(before).toString('latin1')
    await raw.close()
    return all
  }

  describe.each([2, 3] as const)('with RESP%d', (protocol) => {
    it.each([1, 2, 3, 4])('thousands of random commands get the same bytes, split in any way (seed %d)', async (seed) => {
      const bytes = randomCommands(seed, 2_000)
      const direct = await replies(port(), bytes, [65_536], protocol)
      expect(direct.length).toBeGreaterThan(20_000)
      const lasts: string[] = []
      const listening = await proxy({
        request: () => undefined,
        reply: ({ request }, reply) => void (Buffer.concat(reply.raw).includes(END) && lasts.push(request.args.map(String).join(' '))),
      })
      expect(await replies(listening.port, bytes, [65_536], protocol)).toBe(direct)
      expect(await replies(listening.port, bytes, [1 + seed, 4000, 17, 900 * seed], protocol)).toBe(direct)
      // Had one reply been taken for another's, or for a push, the last one would have gone to a wrong request.
      expect(lasts).toEqual([`ECHO ${END}`, `ECHO ${END}`])
      expect(log).toEqual([])
    })

    it('the same holds where every request and every reply is held for a while', async () => {
      const bytes = randomCommands(5, 500)
      const direct = await replies(port(), bytes, [65_536], protocol)
      const holding = await proxy({ request: () => setImmediate(undefined), reply: () => setImmediate(undefined) })
      expect(await replies(holding.port, bytes, [65_536], protocol)).toBe(direct)
    })
  })

  it('10 MB go there and back', async () => {
    const raw = await client((await proxy()).port)
    const big = Buffer.alloc(10 << 20, 'abcdefg\r\n')
    expect(Buffer.concat((await raw.send('SET', 'big', big).next()).raw).toString()).toBe('+OK\r\n')
    const value = (await raw.send('GET', 'big').next()).value()
    expect(value.type === 'bulk' && value.bytes.equals(big)).toBe(true)
  })

  it('ten thousand commands in one pipeline come back in order', async () => {
    const raw = await client((await proxy()).port)
    raw.socket.write(Buffer.concat(Array.from({ length: 10_000 }, (_, index) => encodeCommand('ECHO', index))))
    const texts = await raw.texts(10_000)
    expect(texts.map((text) => Number(text.split('\r\n')[1]))).toEqual(Array.from({ length: 10_000 }, (_, index) => index))
  })
})
