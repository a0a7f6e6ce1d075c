/** A proxy before a Redis, and raw clients through it; all of it gone after each test. */
import { afterEach, beforeAll, expect } from 'vitest'
import type { Interceptor } from '../../../../src/dialects/redis/proxy/interceptor.js'
import { type Proxy, type ProxyOptions, listen } from '../../../../src/dialects/redis/proxy/proxy.js'
import type { LocalServer } from '../../../../src/dialects/redis/local-server.js'
import { RawClient } from './raw-client.js'

export interface Lab {
  /** The port of the Redis itself. */
  port(): number
  proxy(interceptor?: Interceptor, more?: Partial<ProxyOptions>): Promise<Proxy>
  client(port: number): Promise<RawClient>
  /** What the proxies logged. */
  readonly log: string[]
}

/** Call it inside of a `describeWithServer`. */
export function lab(start: () => Promise<LocalServer>): Lab {
  let server: LocalServer
  const closing: (() => Promise<unknown>)[] = []
  const log: string[] = []
  const port = () => Number(new URL(server.url).port)
  beforeAll(async () => {
    server = await start()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
    log.length = 0
    const direct = await RawClient.open(port())
    await direct.ask('FLUSHALL')
    await direct.close()
  })
  return {
    port,
    log,
    async proxy(interceptor = {}, more = {}) {
      const proxy = await listen({ upstream: { host: '127.0.0.1', port: port() }, interceptor, log: (line) => log.push(line), ...more })
      closing.push(async () => {
        await proxy.close()
        expect(proxy.connections).toEqual([])
      })
      return proxy
    },
    async client(at) {
      const client = await RawClient.open(at)
      closing.push(() => client.close())
      return client
    },
  }
}
