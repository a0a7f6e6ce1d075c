/** `tailrace run --watch`: runs again on every change, and at a key. */
import { type ChildProcess, fork } from 'node:child_process'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { emitKeypressEvents, type Key } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FSWatcher, MatchFunction } from 'chokidar'
import { scenarios } from '../../../scenarios/index.js'
import type { RunCommandOptions } from '../run.js'
import type { Failed, WorkerReport, Request } from './protocol.js'
import { systemClock } from '../../clock/clock.js'
import { styleFor } from '../../report/style.js'
import { count, list, visible } from '../../report/text.js'

const HELP = [
  ['a', 'run all'],
  ['f', 'run only what failed'],
  ['enter', 'run again'],
  ['p', 'run the scenarios whose name has a text in it'],
  ['q', 'quit'],
  ['h', 'show this'],
] as const
const INTERRUPTED = 130

/** Resolves with the exit code of the last run. */
export async function watch(options: RunCommandOptions): Promise<number> {
  const loop = new WatchLoop({ ...options, profile: options.profile ?? 'smoke' })
  return loop.watch(dirname(resolve(options.config ?? 'tailrace.config.ts')))
}

class WatchLoop {
  readonly #style = styleFor(process.stdout)
  readonly #workers = new Workers()
  #files: FileWatch | undefined
  /** What is run of all that there is. */
  #chosen: Partial<RunCommandOptions> = {}
  #failed: Failed | undefined
  #names: readonly string[] = scenarios.map(({ name }) => name)
  #lastCode = 2
  /** What has been typed at the prompt; undefined where there is none. */
  #typing: string | undefined
  #end!: (code: number) => void

  constructor(readonly options: RunCommandOptions) {}

  async watch(folder: string): Promise<number> {
    const ended = new Promise<number>((end) => (this.#end = end))
    const interrupted = () => this.#end(INTERRUPTED)
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
    const letKeysGo = listenToKeys(process.stdin, (key) => this.#press(key))
    this.#workers.prepare()
    this.#files = await watchFiles(folder, (files) => this.#run(`${list(few(files.map((file) => relative(process.cwd(), file))))} changed`))
    // A module that does not load leaves no trace, and is to be watched all the same.
    await this.#files.include((this.options.schedule ?? []).map((file) => resolve(file)))
    this.#run()
    const code = await ended
    letKeysGo()
    process.removeListener('SIGINT', interrupted).removeListener('SIGTERM', interrupted)
    await Promise.all([this.#workers.close(), this.#files.close()])
    return code
  }

  #run(why?: string): void {
    this.#typing = undefined
    if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H')
    if (why !== undefined) this.#say(this.#style.faint(`${visible(why)}\n`))
    void this.#runToTheEnd()
  }

  async #runToTheEnd(): Promise<void> {
    const outcome = await this.#workers.run({ ...this.options, ...this.#chosen })
    if (outcome === undefined) return
    this.#lastCode = outcome.code
    this.#failed = outcome.report?.failed
    this.#names = outcome.report?.names ?? this.#names
    this.#workers.prepare()
    await this.#files?.include(outcome.report?.files ?? [])
    if (!this.#workers.busy) this.#say(this.#style.faint('\nwaiting for changes · h: help, q: quit'))
  }

  #press(key: Key): void {
    if (this.#typing !== undefined) return this.#type(this.#typing, key)
    const { name, ctrl } = key
    if (ctrl === true) return name === 'c' ? this.#end(INTERRUPTED) : undefined
    if (name === 'q') this.#end(this.#lastCode)
    else if (name === 'return' || name === 'enter') this.#run()
    else if (name === 'a') this.#runOnly({})
    else if (name === 'f') this.#runFailed()
    else if (name === 'p') this.#ask('')
    else if (name === 'h') this.#say(`\n${HELP.map(([pressed, does]) => `  ${this.#style.strong(pressed.padEnd(6))} ${does}`).join('\n')}`)
  }

  #runOnly(chosen: Partial<RunCommandOptions>): void {
    this.#chosen = chosen
    this.#run()
  }

  #runFailed(): void {
    if (this.#failed === undefined || this.#failed.subjects.length === 0) return this.#say('\nnothing has failed in the last run')
    const { subjects, scenarios: names, bursts } = this.#failed
    this.#runOnly({
      subject: subjects,
      ...(names.length + bursts === 0 ? {} : { scenario: names, runs: bursts }),
    })
  }

  #ask(text: string): void {
    this.#typing = text
    const matches = matching(this.#names, text)
    const question = `scenario: ${text}`
    const found = text === '' ? '  (a part of its name; enter, or escape)' : `  (${count(matches.length, 'scenario')})`
    // The line is written anew, and the cursor put behind what was typed.
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${question}${this.#style.faint(found)}\r\u001b[${question.length}C`)
  }

  #type(before: string, key: Key): void {
    const typed = typeKey(before, key)
    if (typed.kind === 'typing') return this.#ask(typed.text)
    this.#typing = undefined
    this.#say('')
    const matches = typed.kind === 'left' ? [] : matching(this.#names, typed.text)
    if (typed.kind === 'left') return
    if (matches.length === 0) this.#say(`no scenario has "${typed.text}" in its name (npx tailrace list shows them all)`)
    else this.#runOnly(typed.text.trim() === '' ? {} : { scenario: matches })
  }

  #say(text: string): void {
    process.stdout.write(`${text}\n`)
  }
}

const few = (files: readonly string[]) => (files.length <= 3 ? files : [...files.slice(0, 2), `${files.length - 2} more`])

// ── One worker that runs, at most, and one that waits for its turn.

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
/** To let go of a store; after that it is killed. */
const PATIENCE_MS = 3_000

export interface Outcome {
  readonly code: number
  readonly report?: WorkerReport
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
    let report: WorkerReport | undefined
    worker.once('message', (message) => (report = message as WorkerReport))
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

// ── Says when a source file changes: those of the configuration's folder, and those that it loads from anywhere else.
//
// The folder as a whole, because what Node itself imports (an adapter in JavaScript, say) leaves no trace of its imports.
// With chokidar: on Linux `fs.watch` with `recursive` misses files in folders that are made later, and editors that save by
// renaming end its watch on Node 20.

const SOURCE = /\.[cm]?[jt]sx?$/
const MADE = new Set(['node_modules', 'dist', 'coverage'])
/** Editors write more than once, and tools more than one file. */
const SETTLE_MS = 15

export interface FileWatch {
  /** Watches these, too, whatever they are called and wherever they are. */
  include(files: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Resolves when nothing that happens from now on is missed; so does `include`. */
export async function watchFiles(folder: string, onChange: (files: readonly string[]) => void): Promise<FileWatch> {
  const { watch } = await import('chokidar')
  const watchers: FSWatcher[] = []
  const included = new Set<string>()
  const changed = new Set<string>()

  const note = async (path: string) => {
    changed.add(path)
    if (changed.size > 1) return
    await systemClock.sleep(SETTLE_MS)
    const files = [...changed]
    changed.clear()
    onChange(files)
  }
  const open = (paths: string | string[], ignored: MatchFunction) => {
    const watcher = watch(paths, { ignoreInitial: true, ignored })
    watchers.push(watcher)
    watcher.on('all', (event, path) => void (event === 'addDir' || event === 'unlinkDir' || note(path)))
    // A folder that cannot be read is one that is not watched.
    watcher.on('error', () => undefined)
    return new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  }

  await open(folder, (path, stats) => isOfNoInterest(folder, path, stats?.isFile() ?? false))
  return {
    include: async (files) => {
      const more = files.filter((file) => !included.has(file) && isOfNoInterest(folder, file, true))
      for (const file of more) included.add(file)
      // A watcher of their own: one that is ready does not say when it is ready for more.
      if (more.length > 0) await open(more, () => false)
    },
    close: async () => void (await Promise.all(watchers.map((watcher) => watcher.close()))),
  }
}

/** Whether a change of this says nothing: it is made by a tool, or no source. What is outside of the folder is included by name. */
export function isOfNoInterest(folder: string, path: string, isFile: boolean): boolean {
  const parts = relative(folder, path).split(sep)
  if (parts.some((part) => MADE.has(part) || (part.startsWith('.') && part.length > 1))) return true
  return isFile && !SOURCE.test(basename(path))
}

// ── Keys as they are pressed, one by one where it is a terminal, and a terminal that is as before when it is over.

/** @returns what ends it. */
export function listenToKeys(input: NodeJS.ReadStream, onKey: (key: Key) => void): () => void {
  const raw = (on: boolean) => (input.isTTY ? input.setRawMode(on) : undefined)
  const heard = (text: string | undefined, key: Key | undefined) => onKey({ sequence: text ?? '', ...key })
  const restore = () => void raw(false)
  emitKeypressEvents(input)
  raw(true)
  input.on('keypress', heard).resume()
  // However the process ends, the shell gets its terminal back.
  process.once('exit', restore)
  return () => {
    process.removeListener('exit', restore)
    input.off('keypress', heard).pause()
    restore()
  }
}

// ── A part of a scenario's name, as it is typed. Pure: a key gives the next state, or the end of it.

export type Typed =
  | { readonly kind: 'typing'; readonly text: string }
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'left' }

export function typeKey(text: string, { name, ctrl, meta, sequence = '' }: Key): Typed {
  if (name === 'escape' || (ctrl === true && name === 'c')) return { kind: 'left' }
  if (name === 'return' || name === 'enter') return { kind: 'done', text }
  if (name === 'backspace') return { kind: 'typing', text: text.slice(0, -1) }
  if (ctrl === true && name === 'u') return { kind: 'typing', text: '' }
  const typed = ctrl === true || meta === true || !/^[\w -]$/.test(sequence) ? '' : sequence
  return { kind: 'typing', text: text + typed }
}

/** Scenarios whose name has the text in it, in whatever case. */
export const matching = (names: readonly string[], text: string): readonly string[] =>
  names.filter((name) => name.includes(text.trim().toLowerCase()))
