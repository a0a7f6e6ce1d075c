/**
 * `--fast`: the wait of a BLOCK is modelled by the probe. The server is asked without it, on a connection of the probe's
 * own; where there is nothing to be had the program's read is *blocked*, without any look at the server's clients. Each
 * append makes it look again, and its time-out is a nil that the probe answers.
 *
 * `$` is what it is to the server: the last id that was generated, when the read is sent. Every later look keeps it.
 */
import { ORIGIN, type StreamId } from '../../../contract/stream-id.js'
import type { Connection } from '../proxy/connection.js'
import { encodeNullArray } from '../resp/encode.js'
import { type Reply, replyFramer } from '../resp/reply.js'
import type { BlockedReader, RawCommand } from '../../store.js'
import { answerTo } from './replies.js'
import type { ReadRequest } from './requests.js'
import { type Server, type SideConnection, sideConnection } from './side-connection.js'

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
    const side = this.#sides.get(connection) ?? sideConnection(server, connection.session)
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

const nil = ({ session }: Connection): Reply => replyFramer().push(encodeNullArray(session.protocol))[0]!

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
