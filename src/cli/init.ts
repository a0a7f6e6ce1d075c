/** `tailrace init`: a configuration and one adapter to fill in. Overwrites nothing unless it is told to. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './errors.js'

const CONFIG = `import { defineConfig } from 'tailrace'
import { MyStreamRepository } from './src/my-stream-repository.js'

export default defineConfig({
  subjects: [
    { name: 'MyStreamRepository', store: 'redis', open: ({ url }) => new MyStreamRepository(url) },
  ],
})
`

const ADAPTER = `import type { Json, ReadOptions, StreamEntry, StreamRepository } from 'tailrace'

/** Hand each method on to your own class; what it has to promise is said beside it. */
export class MyStreamRepository implements StreamRepository {
  constructor(readonly url: string) {}

  /** Appends, and resolves with the new entry's id once the server has acknowledged it. */
  async sendData(topic: string, data: Json): Promise<string> {
    throw new Error('fill in: XADD')
  }

  /** One read cycle: what is above lastId, at most count; waits up to timeoutMs, then ends empty. */
  async *readMessages(topic: string, lastId: string, { timeoutMs, count, signal }: ReadOptions): AsyncGenerator<StreamEntry> {
    throw new Error('fill in: XREAD COUNT count BLOCK timeoutMs STREAMS topic lastId, on a connection of its own')
  }

  /** The last entry's id; "0-0" where there is none. Never "$". */
  async getStreamTailId(topic: string): Promise<string> {
    throw new Error('fill in: XREVRANGE topic + - COUNT 1')
  }

  async cleanupStream(topic: string): Promise<void> {
    throw new Error('fill in: DEL')
  }

  /** Closes every connection. */
  async close(): Promise<void> {}
}
`

const FILES = { 'tailrace.config.ts': CONFIG, 'src/my-stream-repository.ts': ADAPTER }

export async function init({ force }: { readonly force?: boolean }): Promise<number> {
  const there = Object.keys(FILES).filter((file) => existsSync(file))
  if (there.length > 0 && !force)
    throw new UsageError(
      `${there.join(' and ')} already ${there.length === 1 ? 'exists' : 'exist'}: nothing was written (--force overwrites)`,
    )
  for (const [file, text] of Object.entries(FILES)) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    process.stdout.write(`wrote ${file}\n`)
  }
  process.stdout.write('\nFill in src/my-stream-repository.ts, then: npx tailrace run\n')
  return 0
}
