/** One worker that runs, at most, and one that waits for its turn. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../clock/clock.js'
import type { Report, Request } from './protocol.js'

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
/** To let go of a store; after that it is killed. */
const PATIENCE_MS = 3_000

export interface Outcome {
  readonly code: number
  readonly report?: Report
}

export class Workers {
  #spare: ChildProcess | undefined
  #running: ChildProcess | undefined
  readonly #alive = new Set<Promise<void>>()

  /** Gets a worker ready, so that the next run starts at once. */
  prepare(): void {
    this.#spare ??= this.#spawn()
  }

  /** Gives up what runs. Resolves when the run is over, or undefined where it was given up. */
  async run(request: Request): Promise<Outcome | undefined> {
    this.cancel()
    this.prepare()
    const worker = this.#spare!
    this.#spare = undefined
    this.#running = worker
    let report: Report | undefined
    worker.once('message', (message) => (report = message as Report))
    const over = new Promise<number>((resolve) => worker.once('exit', (code) => resolve(code ?? 2)))
    // It may have died while it was waiting: that shows as its end.
    worker.send(request, () => undefined)
    const code = worker.exitCode ?? (await over)
    if (this.#running !== worker) return undefined
    this.#running = undefined
    return { code, ...(report === undefined ? {} : { report }) }
  }

  get busy(): boolean {
    return this.#running !== undefined
  }

  cancel(): void {
    const worker = this.#running
    this.#running = undefined
    if (worker !== undefined) letGo(worker)
  }

  async close(): Promise<void> {
    this.cancel()
    if (this.#spare !== undefined) letGo(this.#spare)
    this.#spare = undefined
    await Promise.all(this.#alive)
  }

  #spawn(): ChildProcess {
    const worker = fork(WORKER, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.#alive.add(ended)
    worker.once('exit', () => {
      this.#alive.delete(ended)
      if (this.#spare === worker) this.#spare = undefined
    })
    return worker
  }
}

function letGo(worker: ChildProcess): void {
  if (worker.connected) worker.disconnect()
  const ended = new AbortController()
  worker.once('exit', () => ended.abort())
  void systemClock.sleep(PATIENCE_MS, ended.signal).then(() => worker.exitCode ?? worker.kill('SIGKILL'))
}
