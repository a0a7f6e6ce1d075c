/** From nothing to a verdict: the command line as a process, on a subject over the model. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stopwatch } from '../src/clock/clock.js'
import type { Options } from './options.js'
import { seeded } from '../src/random/seeded.js'
import type { StartResult } from './results.js'
import { bootstrap, median } from './statistics.js'

const ARGUMENTS = ['run', '--profile', 'smoke']
const DIST = new URL('../../dist/src/', import.meta.url)

/** As a user would write it, but for where tailrace is. */
const CONFIG = `
import { InMemoryStreamRepository, defineConfig, snapshotCursor, entryOf, isAnnouncement } from '${new URL('index.js', DIST).href}'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
export default defineConfig({ subjects: [{ name: 'model', store: 'memory', open, consume: snapshotCursor, entryOf, isAnnouncement }] })
`

export async function start({ seed, quick, say }: Options): Promise<StartResult> {
  say('start of the command line')
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-bench-'))
  const runs = quick ? 3 : 15
  const milliseconds: number[] = []
  try {
    await writeFile(join(folder, 'tailrace.config.mjs'), CONFIG)
    // The first run warms the file cache.
    for (let run = 0; run <= runs; run++) {
      const elapsed = stopwatch()
      const child = spawn(process.execPath, [fileURLToPath(new URL('cli/main.js', DIST)), ...ARGUMENTS], { cwd: folder, stdio: 'ignore' })
      const [code] = (await once(child, 'exit')) as [number]
      if (code !== 0) throw new Error(`tailrace ${ARGUMENTS.join(' ')} gave ${code}: has dist/ been built?`)
      if (run > 0) milliseconds.push(elapsed())
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { command: `tailrace ${ARGUMENTS.join(' ')}`, milliseconds: bootstrap(milliseconds, median, seeded(seed, 'start')), runs }
}
