/**
 * A repository over files: a folder for each topic, a file for each entry. Any number of processes may work on one folder. The name of
 * an entry's file is its id, a number with so many digits that names sort as numbers do.
 */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, readdir, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json, ReadOptions, StreamEntry, StreamRepository } from '../../src/index.js'

const DIGITS = 9
const POLL_MS = 5

const idOf = (position: number): string => String(position).padStart(DIGITS, '0')

export class FileRepository implements StreamRepository {
  constructor(readonly root: string) {}

  async sendData(topic: string, data: Json): Promise<string> {
    const folder = this.#folder(topic)
    await mkdir(folder, { recursive: true })
    // Whole before it has a name that is read.
    const draft = join(folder, `.${randomUUID()}`)
    await writeFile(draft, JSON.stringify(data))
    try {
      for (let position = Number(await this.getStreamTailId(topic)) + 1; ; position++) {
        if (await isFree(link(draft, join(folder, idOf(position))))) return idOf(position)
      }
    } finally {
      await unlink(draft)
    }
  }

  async *readMessages(topic: string, lastId: string, { timeoutMs, count, signal }: ReadOptions): AsyncGenerator<StreamEntry> {
    const until = performance.now() + timeoutMs
    let ids = await this.#above(topic, lastId)
    while (ids.length === 0 && performance.now() < until && !signal?.aborted) {
      await sleep(POLL_MS)
      ids = await this.#above(topic, lastId)
    }
    if (signal?.aborted) return
    for (const id of ids.slice(0, count)) {
      yield { id, data: JSON.parse(await readFile(join(this.#folder(topic), id), 'utf8')) as unknown }
    }
  }

  async getStreamTailId(topic: string): Promise<string> {
    return (await this.#above(topic, '')).at(-1) ?? idOf(0)
  }

  async cleanupStream(topic: string): Promise<void> {
    await rm(this.#folder(topic), { recursive: true, force: true })
  }

  async #above(topic: string, lastId: string): Promise<readonly string[]> {
    const names = await readdir(this.#folder(topic)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return names.filter((name) => !name.startsWith('.') && name > lastId).sort()
  }

  #folder = (topic: string): string => join(this.root, encodeURIComponent(topic))
}

/** False where another process has taken the name. */
async function isFree(linked: Promise<void>): Promise<boolean> {
  try {
    await linked
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
