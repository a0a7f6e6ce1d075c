/**
 * How long it takes to a verdict, the process included: from the start of `tailrace run --profile smoke`, and from the save
 * of an adapter under `--watch`, on the in-memory model. Prints each, and the median.
 *
 *   npm run -s build && npx jiti bench/watch.ts [--times 10]
 *
 * Exit 0 only where the medians are below 500 ms and 300 ms.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stopwatch, systemClock } from '../src/clock/clock.js'

const { values } = parseArgs({ options: { times: { type: 'string', default: '10' } } })
const TIMES = Number(values.times)
const LIMITS = { start: 500, save: 300 }
const root = fileURLToPath(new URL('../', import.meta.url))
const main = join(root, 'dist/src/cli/main.js')

const CONFIG = `import { defineConfig } from 'tailrace'
import { open } from './adapter.js'
export default defineConfig({ subjects: [{ name: 'model', store: 'memory', open }] })
`
const adapter = (version: number) => `// ${version}
import { InMemoryStreamRepository, type OpenContext } from 'tailrace'
export const open = ({ memory }: OpenContext) => new InMemoryStreamRepository({ stream: memory, clock: null })
`

const launch = (cwd: string, ...args: string[]): ChildProcess =>
  spawn(process.execPath, [main, 'run', ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })

/** Gives what resolves when the text comes, behind the one that was waited for last. */
function reader(child: ChildProcess): (text: string) => Promise<void> {
  let seen = ''
  let look = () => undefined as void
  child.stdout!.on('data', (chunk: Buffer) => {
    seen += String(chunk)
    look()
  })
  return (text) =>
    new Promise((resolve) => {
      look = () => {
        const at = seen.indexOf(text)
        if (at === -1) return
        seen = seen.slice(at + text.length)
        resolve()
      }
      look()
    })
}

function report(what: string, all: readonly number[], limit: number): boolean {
  const sorted = [...all].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]!
  console.log(
    `${what}: median ${Math.round(median)} ms, worst ${Math.round(sorted.at(-1)!)} ms (${all.map((ms) => Math.round(ms)).join(', ')})`,
  )
  return median < limit
}

await mkdir(join(root, '.cache'), { recursive: true })
const cwd = await mkdtemp(join(root, '.cache/bench-'))
try {
  await writeFile(join(cwd, 'tailrace.config.ts'), CONFIG)
  await writeFile(join(cwd, 'adapter.ts'), adapter(0))

  const starts: number[] = []
  for (let i = 0; i < TIMES; i++) {
    const elapsed = stopwatch()
    const child = launch(cwd, '--profile', 'smoke')
    child.stdout!.resume()
    await new Promise((resolve) => child.once('exit', resolve))
    starts.push(elapsed())
  }

  const saves: number[] = []
  const watching = launch(cwd, '--watch')
  const shows = reader(watching)
  await shows('waiting for changes')
  for (let i = 1; i <= TIMES; i++) {
    // A person takes longer than this to save again.
    await systemClock.sleep(1_000)
    const verdict = shows('exit 0:')
    const elapsed = stopwatch()
    await writeFile(join(cwd, 'adapter.ts'), adapter(i))
    await verdict
    saves.push(elapsed())
    await shows('waiting for changes')
  }
  watching.kill('SIGINT')
  await new Promise((resolve) => watching.once('exit', resolve))

  const started = report('start to end of --profile smoke', starts, LIMITS.start)
  const saved = report('save to verdict under --watch', saves, LIMITS.save)
  process.exitCode = started && saved ? 0 : 1
} finally {
  await rm(cwd, { recursive: true, force: true })
}
