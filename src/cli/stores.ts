/** The stores of one command: each is opened at most once, and all are let go of at the end, Ctrl-C included. */
import { alarm } from '../clock/clock.js'
import { openStore } from '../dialects/open-store.js'
import type { Store } from '../dialects/store.js'
import type { DialectName } from '../subject/subject.js'
import { exitsWith } from './exit.js'

export class Stores {
  readonly #interrupted = new AbortController()
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

  /** Aborts with Ctrl-C, where the command keeps what it has until then. */
  get interrupted(): AbortSignal {
    return this.#interrupted.signal
  }

  interrupt(why: string): void {
    this.#interrupted.abort(new Error(why))
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

/** How long a command may take to end what it is at, and to tell of what it has, in milliseconds. */
const GRACE_MS = 5000

/**
 * Runs a command with stores that are closed whatever happens.
 * @param keeps it ends soon after `stores.interrupted` aborts, and what it gives then is wanted.
 */
export async function withStores<T>(
  redis: string | undefined,
  command: (stores: Stores) => Promise<T>,
  { keeps = false }: { readonly keeps?: boolean } = {},
): Promise<T> {
  const stores = new Stores(redis)
  let ending = false
  let relent: (() => void) | undefined
  inUse.add(stores)
  const interrupted = (signal: NodeJS.Signals) => {
    const code = signal === 'SIGINT' ? 130 : 143
    const how = signal === 'SIGINT' ? 'interrupted' : 'terminated'
    const leave = () => {
      ending = true
      void stores.close().finally(() => process.exit(code))
    }
    process.stderr.write(`\ntailrace: ${how}, cleaning up\n`)
    // Once more does not wait for the clean-up.
    process.once(signal, () => process.exit(code))
    if (!keeps) return leave()
    exitsWith(code)
    relent = alarm(GRACE_MS, leave)
    stores.interrupt(how)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await command(stores)
  } finally {
    relent?.()
    // What the command says of a store that was taken from under it is no result of it.
    if (ending) await new Promise<never>(() => {})
    process.removeListener('SIGINT', interrupted)
    process.removeListener('SIGTERM', interrupted)
    await stores.close()
    inUse.delete(stores)
  }
}
