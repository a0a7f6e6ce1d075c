/** The stores of one command: each is opened at most once, and all are let go of at the end, Ctrl-C included. */
import { openStore } from '../dialects/open-store.js'
import type { Store } from '../dialects/store.js'
import type { DialectName } from '../subject/subject.js'

export class Stores {
  readonly #open = new Map<DialectName, Promise<Store>>()

  readonly #kept: Promise<Pick<Store, 'close'>>[] = []

  constructor(readonly redis: string | undefined) {}

  readonly get = (dialect: DialectName): Promise<Store> => {
    const known = this.#open.get(dialect)
    if (known !== undefined) return known
    const opening = openStore(dialect, { url: this.redis })
    this.#open.set(dialect, opening)
    return opening
  }

  /** Closes it with the others. */
  keep<S extends Pick<Store, 'close'>>(opening: Promise<S>): Promise<S> {
    this.#kept.push(opening)
    return opening
  }

  async close(): Promise<void> {
    const stores = await Promise.allSettled([...this.#open.values(), ...this.#kept])
    this.#open.clear()
    this.#kept.length = 0
    await Promise.allSettled(stores.map(async (store) => store.status === 'fulfilled' && store.value.close()))
  }
}

/** Those of commands that still run. */
const inUse = new Set<Stores>()

export const closeStores = async (): Promise<void> => {
  await Promise.all([...inUse].map((stores) => stores.close()))
}

/** Runs a command with stores that are closed whatever happens. */
export async function withStores<T>(redis: string | undefined, command: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = new Stores(redis)
  let ending = false
  inUse.add(stores)
  const interrupted = (signal: NodeJS.Signals) => {
    ending = true
    process.stderr.write(`\ntailrace: ${signal === 'SIGINT' ? 'interrupted' : 'terminated'}, cleaning up\n`)
    // Once more does not wait for the clean-up.
    process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143))
    void stores.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await command(stores)
  } finally {
    // What the command says of a store that was taken from under it is no result of it.
    if (ending) await new Promise<never>(() => {})
    process.removeListener('SIGINT', interrupted)
    process.removeListener('SIGTERM', interrupted)
    await stores.close()
    inUse.delete(stores)
  }
}
