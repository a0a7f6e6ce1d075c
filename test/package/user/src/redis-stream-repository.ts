import { Redis } from 'ioredis'

const OPTIONS = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false } as const

/** What a user may have written by hand, without ever having heard of tailrace. */
export class RedisStreamRepository {
  private readonly commands: Redis
  private readonly readers = new Set<Redis>()

  constructor(url: string) {
    this.commands = quiet(new Redis(url, OPTIONS))
  }

  async sendData(topic: string, data: unknown): Promise<string> {
    const id = await this.commands.xadd(topic, '*', 'data', JSON.stringify(data)).catch((error: Error) => {
      throw error.name === 'ReplyError' ? error : Object.assign(error, { outcome: 'unknown' })
    })
    return id!
  }

  async *readMessages(topic: string, lastId: string, options: { timeoutMs: number; count: number; signal?: AbortSignal }) {
    const { timeoutMs, count, signal } = options
    if (signal?.aborted) return
    const reader = quiet(this.commands.duplicate({ ...OPTIONS, retryStrategy: () => null }))
    const stop = () => reader.disconnect()
    this.readers.add(reader)
    signal?.addEventListener('abort', stop)
    try {
      const reply = await (timeoutMs > 0
        ? reader.xread('COUNT', count, 'BLOCK', timeoutMs, 'STREAMS', topic, lastId)
        : reader.xread('COUNT', count, 'STREAMS', topic, lastId))
      for (const [id, fields] of reply?.[0]?.[1] ?? []) yield entry(id, fields)
    } catch (error) {
      if (!signal?.aborted) throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      this.readers.delete(reader)
      reader.disconnect()
    }
  }

  async getStreamTailId(topic: string): Promise<string> {
    const [last] = await this.commands.xrevrange(topic, '+', '-', 'COUNT', 1)
    return last?.[0] ?? '0-0'
  }

  async cleanupStream(topic: string): Promise<void> {
    await this.commands.del(topic)
  }

  async close(): Promise<void> {
    for (const client of [this.commands, ...this.readers]) client.disconnect()
  }
}

function entry(id: string, [, text]: string[]) {
  try {
    return { id, data: JSON.parse(text!) as unknown }
  } catch (error) {
    return { id, data: undefined, undecodable: error as Error }
  }
}

/** Errors of the connection come out of the commands that they fail. */
const quiet = (client: Redis): Redis => client.on('error', () => {})
