/**
 * `--fast`: the wait of a BLOCK is modelled by the probe. The server is asked without it, on a connection of the probe's
 * own; where there is nothing to be had the program's read is *blocked*, without any look at the server's clients. Each
 * append makes it look again, and its time-out is a nil that the probe answers.
 *
 * `$` is what it is to the server: the last id that was generated, when the read is sent. Every later look keeps it.
 */
import { type NetConnectOpts, connect } from 'node:net'
import { ORIGIN, type StreamId } from '../../../contract/stream-id.js'
import type { BlockedReader, RawCommand } from '../../store.js'
import type { ConnectionState } from '../proxy/connection-state.js'
import type { Connection, Upstream } from '../proxy/proxy.js'
import { type Reply, encodeNullArray, replyFramer } from '../resp/reply.js'
import { encodeCommand } from '../resp/request.js'
import { type ReadRequest, answerTo } from './classification.js'

interface Wait {
  readonly connection: Connection
  readonly look: () => Promise<Reply | undefined>
  readonly answer: (reply: Reply) => void
  reported: boolean
}

type Execute = (commands: readonly RawCommand[]) => Promise<readonly (StreamId | undefined)[]>

export class ModelledWaits {
  /** In the order in which they began. */
  readonly #waits: Wait[] = []
  readonly #watchers: ((reader: BlockedReader) => void)[] = []
  readonly #sides = new Map<Connection, Promise<SideConnection>>()

  constructor(readonly execute: Execute) {}

  /** What the program gets for its read: at once, or when its wait is over. Never, where its connection ends before. */
  async read(server: Server, connection: Connection, request: ReadRequest, args: readonly Buffer[]): Promise<Reply> {
    const side = await this.#side(server, connection)
    const words = await concrete(side, request, args)
    const look = async () => {
      const reply = await side.ask(...words)
      const answer = answerTo(request, reply.value())
      return answer.kind === 'entries' && answer.entries.length === 0 ? undefined : reply
    }
    const first = await look()
    if (first !== undefined) return first
    // Closed meanwhile: nobody waits.
    if (!connection.open) return new Promise(() => {})
    return new Promise((answer) => {
      this.#waits.push({ connection, look, answer, reported: false })
      this.#report()
    })
  }

  /** Something was added or removed. */
  async lookAgain(): Promise<void> {
    for (const wait of this.#waits.slice()) {
      const reply = await wait.look().catch((error: unknown) => {
        if (this.#waits.includes(wait)) throw error
      })
      if (reply !== undefined && this.#over(wait)) wait.answer(reply)
    }
  }

  watch(onBlocked: (reader: BlockedReader) => void): () => void {
    this.#watchers.push(onBlocked)
    this.#report()
    return () => void remove(this.#watchers, onBlocked)
  }

  /** The connection is closed, and its reads with it. */
  forget(connection: Connection): void {
    for (const wait of this.#waits.filter((each) => each.connection === connection)) this.#over(wait)
    const side = this.#sides.get(connection)
    this.#sides.delete(connection)
    side?.then(
      ({ close }) => close(),
      () => undefined,
    )
  }

  #side(server: Server, connection: Connection): Promise<SideConnection> {
    const side = this.#sides.get(connection) ?? sideConnection(server, connection.state)
    this.#sides.set(connection, side)
    return side
  }

  /** Tells the one who watches of a wait that nobody was told of. Later, as a server would. */
  #report(): void {
    queueMicrotask(() => {
      const wait = this.#waits.find(({ reported }) => !reported)
      const watcher = wait && this.#watchers.shift()
      if (watcher === undefined) return
      wait!.reported = true
      watcher(this.#reader(wait!))
    })
  }

  #reader(wait: Wait): BlockedReader {
    return {
      stillBlocked: () => this.#waits.includes(wait),
      expire: () => {
        if (this.#over(wait)) wait.answer(nil(wait.connection))
      },
      disconnect: (commands) => {
        this.#over(wait)
        wait.connection.destroy()
        return this.execute(commands)
      },
    }
  }

  /** False where it was over before. */
  #over(wait: Wait): boolean {
    return remove(this.#waits, wait)
  }
}

function remove<T>(all: T[], one: T): boolean {
  const at = all.indexOf(one)
  if (at !== -1) all.splice(at, 1)
  return at !== -1
}

const nil = ({ state }: Connection): Reply => replyFramer().push(encodeNullArray(state.protocol))[0]!

/** The read without its BLOCK, and from ids that stay what they are. */
async function concrete(
  side: SideConnection,
  { keys, cursors }: ReadRequest,
  args: readonly Buffer[],
): Promise<readonly (string | Buffer)[]> {
  const names = args.length - 2 * keys.length
  const options = args.slice(0, names)
  // The options end with STREAMS; a group or a consumer may be called BLOCK, and stands before them.
  const start = options[0]!.toString().toUpperCase() === 'XREADGROUP' && isWord(options[1], 'GROUP') ? 4 : 1
  const block = options.findIndex((word, at) => at >= start && isWord(word, 'BLOCK'))
  options.splice(block, 2)
  const ids: string[] = []
  for (const [at, key] of keys.entries()) ids.push(cursors[at] === '$' ? await lastId(side, key) : cursors[at]!)
  return [...options, ...args.slice(names, names + keys.length), ...ids]
}

const isWord = (word: Buffer | undefined, name: string) => word?.toString().toUpperCase() === name

async function lastId(side: SideConnection, key: string): Promise<string> {
  const answer = answerTo({ kind: 'tail', keys: [key] }, (await side.ask('XINFO', 'STREAM', key)).value())
  return answer.kind === 'tail' ? answer.id : ORIGIN
}

/** Of the Redis behind the probe. */
export interface Server {
  readonly upstream: Upstream
  readonly username?: string
  readonly password?: string
}

interface SideConnection {
  ask(...words: readonly (string | Buffer)[]): Promise<Reply>
  close(): void
}

/** @throws where the server does not take it. */
/** A connection of the probe's own, set up like a client's: for what the client did not ask. One question at a time. */
async function sideConnection({ upstream, username, password }: Server, { protocol, db }: ConnectionState): Promise<SideConnection> {
  const socket = connect({ ...upstream, noDelay: true } as NetConnectOpts)
  const framer = replyFramer()
  let waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void } | undefined
  const fail = (error: Error) => waiting?.reject(error)
  socket.on('data', (chunk: Buffer) => {
    for (const reply of framer.push(chunk)) waiting?.resolve(reply)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the Redis behind the probe has closed the connection')))
  const ask = (...words: readonly (string | Buffer)[]) =>
    new Promise<Reply>((resolve, reject) => {
      if (socket.destroyed) return reject(new Error('the connection was closed'))
      waiting = { resolve, reject }
      socket.write(encodeCommand(...words))
    })
  const close = () => void socket.destroy()
  const setUp = async (...words: readonly string[]) => {
    const value = (await ask(...words)).value()
    if (value.type === 'error') throw new Error(`the Redis behind the probe refuses ${words[0]}: ${value.text}`)
  }
  try {
    if (password !== undefined) await setUp('AUTH', ...(username === undefined ? [] : [username]), password)
    if (protocol === 3) await setUp('HELLO', '3')
    if (db !== 0) await setUp('SELECT', String(db))
  } catch (error) {
    close()
    throw error
  }
  return { ask, close }
}
