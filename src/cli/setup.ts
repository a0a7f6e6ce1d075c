/** What comes before a first run. `tailrace init`: a configuration and one adapter to fill in. Overwrites nothing unless it is told to. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './errors.js'
import { probeSources, type Source } from '../dialects/redis/find-redis.js'
import { type Style, styleFor } from '../report/style.js'
import { version } from '../version.js'

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

// ── `tailrace doctor`: what there is to run on, and how to get what is missing. Exit 0 where a run would have a real Redis.

export async function doctor({ redis }: { readonly redis?: string }): Promise<number> {
  const style = styleFor(process.stdout)
  const say = (ok: boolean, what: string, detail: string) =>
    process.stdout.write(`${ok ? style.good('✓') : style.unsure('–')} ${what.padEnd(15)} ${detail}\n`)
  say(true, 'tailrace', version)
  say(true, 'node', process.version)
  say(true, 'memory', 'the in-memory model is built in')
  const sources = await probeSources({ url: redis })
  for (const { source, found, detail, howToGet } of sources) {
    say(found, source, detail)
    if (!found) process.stdout.write(`${' '.repeat(18)}${style.faint(howToGet)}\n`)
  }
  for (const peer of ['ioredis', 'vitest', '@testcontainers/redis']) await sayPeer(peer, say)
  const chosen = sources.find(({ found, named }) => found || named)
  process.stdout.write(`\n${conclusion(chosen, style)}\n`)
  return chosen?.found ? 0 : 2
}

function conclusion(chosen: Source | undefined, { unsure }: Style): string {
  if (chosen?.found) return `Subjects with store "redis" run on: ${chosen.source} (${chosen.detail})`
  if (chosen === undefined)
    return `${unsure('No real Redis can be had: subjects with store "redis" cannot run.')} Any one of the above will do.`
  return `${unsure('The Redis that is named cannot be used: subjects with store "redis" cannot run.')} No other is tried in its place.`
}

async function sayPeer(name: string, say: (ok: boolean, what: string, detail: string) => void): Promise<void> {
  try {
    import.meta.resolve(name)
    say(true, name.replace('@testcontainers/redis', 'testcontainers'), 'installed')
  } catch {
    say(false, name.replace('@testcontainers/redis', 'testcontainers'), `not installed (npm install --save-dev ${name})`)
  }
}
