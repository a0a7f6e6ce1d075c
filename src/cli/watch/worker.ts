/**
 * One run, in a process of its own: whatever the user's modules are, ESM or not, they are loaded fresh, what they leave
 * behind ends with them, and a loop that never ends can be killed. It is started before it is needed, and gets ready: what
 * is left to do then is to load the configuration and to run.
 */
import { createRequire } from 'node:module'
import { exitOf } from '../../report/result.js'
import { exitWith, noteStrays } from '../exit.js'
import { closeStores } from '../stores.js'
import { type WorkerReport, type Request, failedOf } from './protocol.js'

noteStrays()
process.once('message', (request: Request) => void exitWith(() => run(request)))
// The watching process gives this run up, or is gone. What still comes of it is of no interest.
process.once('disconnect', () => {
  for (const stream of [process.stdout, process.stderr]) stream.write = () => true
  void closeStores().finally(() => process.exit(0))
})

const engine = import('../run.js')
const compiler = import('jiti').then(({ createJiti }) => createJiti(import.meta.url).transform({ source: 'const a: 1 = 1', ts: true }))
// Not having warmed up is no reason not to run.
compiler.catch(() => undefined)

async function run(request: Request): Promise<number> {
  let report: WorkerReport = { files: [] }
  try {
    const { suite, names } = await (await engine).runAndShow(request)
    report = { ...report, names, failed: failedOf(suite, new Set(names)) }
    return exitOf(suite)
  } finally {
    await new Promise((resolve) => process.send?.({ ...report, files: loadedFiles() } satisfies WorkerReport, resolve))
  }
}

/** What jiti compiled, or Node required: both keep it in this cache. */
const loadedFiles = (): string[] => Object.keys(createRequire(import.meta.url).cache).filter((file) => !file.includes('node_modules'))
