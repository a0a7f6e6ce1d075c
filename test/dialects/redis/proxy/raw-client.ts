/** A client that does nothing by itself: bytes out, messages and bytes in. */
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { encodeCommand } from '../../../../src/dialects/redis/resp/request.js'
import { type Reply, replyFramer } from '../../../../src/dialects/redis/resp/reply.js'

export class RawClient {
  readonly #framer = replyFramer()
  readonly #chunks: Buffer[] = []
  readonly #replies: Reply[] = []
  readonly #waiting: (() => void)[] = []
  /** Resolves with how the connection ended. */
  readonly over: Promise<'end' | 'reset'>

  private constructor(readonly socket: Socket) {
    this.over = new Promise((resolve) => {
      socket.once('end', () => resolve('end'))
      socket.once('error', () => resolve('reset'))
      socket.once('close', () => resolve('end'))
    })
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#replies.push(...this.#framer.push(chunk))
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Everything that came, as it came. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  send(...args: (string | number | Buffer)[]): this {
    this.socket.write(encodeCommand(...args))
    return this
  }

  /** Sends a command written in words. */
  say(words: string): this {
    return this.send(...words.split(' '))
  }

  async next(): Promise<Reply> {
    while (this.#replies.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#replies.shift()!
  }

  /** The next message's exact bytes, as text. */
  async text(): Promise<string> {
    return Buffer.concat((await this.next()).raw).toString('latin1')
  }

  async texts(count: number): Promise<string[]> {
    const all: string[] = []
    while (all.length < count) all.push(await this.text())
    return all
  }

  /** Says it, and gives the one reply. */
  ask(words: string): Promise<string> {
    this.say(words)
    return this.text()
  }

  close(): Promise<unknown> {
    if (this.socket.destroyed) return Promise.resolve()
    const closed = once(this.socket, 'close')
    this.socket.destroy()
    return closed
  }
}
