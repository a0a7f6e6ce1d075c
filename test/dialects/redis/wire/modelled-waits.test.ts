/** What of a modelled wait no history shows. */
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { type Connection, listen } from '../../../../src/dialects/redis/proxy/proxy.js'
import { ModelledWaits } from '../../../../src/dialects/redis/wire/modelled-waits.js'
import { type ReadRequest, classify } from '../../../../src/dialects/redis/wire/classification.js'
import type { BlockedReader } from '../../../../src/dialects/store.js'
import { describeWithServer } from '../../../integration/redis.js'
import { RawClient } from '../proxy/raw-client.js'

await describeWithServer('a modelled wait', (start) => {
  async function setUp() {
    const { hostname: host, port } = new URL((await start()).url)
    const upstream = { host, port: Number(port) }
    const waits = new ModelledWaits(async () => [])
    const proxy = await listen({
      upstream,
      interceptor: {
        request: ({ connection, request: command }) => {
          const { args } = command
          const request = classify(command) as ReadRequest | undefined
          if (request === undefined) return undefined
          return waits.read({ upstream }, connection, request, args).then(({ raw }) => ({ action: 'answer', reply: Buffer.concat(raw) }))
        },
        closed: (connection: Connection) => waits.forget(connection),
      },
    })
    const blocked = () => new Promise<BlockedReader>((resolve) => waits.watch(resolve))
    return { waits, proxy, blocked, raw: await RawClient.open(proxy.port), direct: await RawClient.open(upstream.port) }
  }

  it('keeps what is behind it waiting, and ends with the nil of the protocol', async () => {
    const { proxy, blocked, raw, direct } = await setUp()
    for (const [hello, nil] of [
      ['HELLO 2', '*-1\r\n'],
      ['HELLO 3', '_\r\n'],
    ] as const) {
      raw.say(hello).say('XREAD BLOCK 100 STREAMS s $').say('PING')
      await raw.next()
      const reader = await blocked()
      expect(await reader.stillBlocked()).toBe(true)
      // A second look at the clients would show a blocked one: the server knows of none.
      expect(await direct.ask('CLIENT LIST')).not.toMatch(/flags=\S*b/)
      await reader.expire()
      await reader.expire()
      expect(await raw.texts(2)).toEqual([nil, '+PONG\r\n'])
      expect(await reader.stillBlocked()).toBe(false)
    }
    await Promise.all([proxy.close(), raw.close(), direct.close()])
  })

  it('looks again when it is told to, from the `$` of when it began, and not at what was there before', async () => {
    const { waits, proxy, blocked, raw, direct } = await setUp()
    await direct.ask('XADD s 5-0 a 1')
    await direct.ask('XADD s 6-0 a 1')
    // `$` is the last id that was generated, which is no entry's any more.
    await direct.ask('XDEL s 6-0')
    raw.say('XREAD BLOCK 0 STREAMS s other $ 0')
    await blocked()
    await waits.lookAgain()
    await direct.ask('XADD s 7-0 a 1')
    await direct.ask('XADD s 8-0 a 1')
    await waits.lookAgain()
    const reply = await raw.text()
    expect(reply).toMatch(/7-0[\s\S]*8-0/)
    expect(reply).not.toContain('5-0')
    await Promise.all([proxy.close(), raw.close(), direct.close()])
  })

  it('gives an error of the server at once', async () => {
    const { proxy, raw, direct } = await setUp()
    expect(await raw.ask('XREADGROUP GROUP g c BLOCK 0 STREAMS s >')).toMatch(/^-NOGROUP/)
    await Promise.all([proxy.close(), raw.close(), direct.close()])
  })

  it('is forgotten with its connection, which lets go of the one at its side', async () => {
    const { waits, proxy, blocked, raw, direct } = await setUp()
    raw.say('XREAD BLOCK 0 STREAMS s $')
    const reader = await blocked()
    const closed = proxy.connections[0]!.closed
    proxy.connections[0]!.destroy()
    await closed
    expect(await reader.stillBlocked()).toBe(false)
    await direct.ask('XADD s * a 1')
    await waits.lookAgain()
    if (!raw.socket.destroyed) await once(raw.socket, 'close')
    await Promise.all([proxy.close(), direct.close()])
  })
})
