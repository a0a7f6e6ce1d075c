/** A probe for a publisher of the user's: its appends pass as they are, unless the answer to one of them is to be lost. */
import { parseRedisUrl } from '../../../adapters/redis-url.js'
import { type Proxy, listen } from '../proxy/proxy.js'

export class AppendLine {
  readonly #url: string
  #opening: Promise<Proxy> | undefined
  #toLose = 0

  /** @param url of the Redis behind it. */
  constructor(url: string) {
    this.#url = url
  }

  /** Where a publisher connects to. */
  async address(): Promise<string> {
    const { host, port } = await (this.#opening ??= this.#open())
    if (parseRedisUrl(this.#url).path !== undefined) return `redis://${host}:${port}`
    const address = new URL(this.#url)
    address.hostname = host
    address.port = String(port)
    return address.href
  }

  /** The next answer to an XADD is not passed on, and its connection is closed in its place. */
  loseNext(): void {
    this.#toLose++
  }

  /** A loss that no append has met, in words. */
  get unmet(): string | undefined {
    return this.#toLose > 0 ? 'an append through the probe, whose answer is lost' : undefined
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close()
  }

  #open(): Promise<Proxy> {
    const { host, port, path } = parseRedisUrl(this.#url)
    return listen({
      upstream: path === undefined ? { host: host!, port: port! } : { path },
      interceptor: {
        reply: ({ command, queued }, { isError }) => {
          if (this.#toLose === 0 || command !== 'XADD' || queued || isError) return undefined
          this.#toLose--
          return { action: 'cut', after: 0 }
        },
      },
    })
  }
}
