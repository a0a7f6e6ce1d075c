/** `tailrace run --watch`: runs again on every change, and at a key. */
import { dirname, relative, resolve } from 'node:path'
import type { Key } from 'node:readline'
import { styleFor } from '../../report/style.js'
import { visible, count, list } from '../../report/text.js'
import { scenarios } from '../../../scenarios/index.js'
import type { RunCommandOptions } from '../run.js'
import { type FileWatch, watchFiles } from './files.js'
import { listenToKeys } from './keys.js'
import { matching, typeKey } from './prompt.js'
import type { Failed } from './protocol.js'
import { Workers } from './workers.js'

const HELP = [
  ['a', 'run all'],
  ['f', 'run only what failed'],
  ['enter', 'run again'],
  ['p', 'run the scenarios whose name has a text in it'],
  ['q', 'quit'],
  ['h', 'show this'],
] as const
const SCENARIOS = scenarios.map(({ name }) => name)
const INTERRUPTED = 130

/** Resolves with the exit code of the last run. */
export async function watch(options: RunCommandOptions): Promise<number> {
  const session = new Session({ ...options, profile: options.profile ?? 'smoke' })
  return session.watch(dirname(resolve(options.config ?? 'tailrace.config.ts')))
}

class Session {
  readonly #style = styleFor(process.stdout)
  readonly #workers = new Workers()
  #files: FileWatch | undefined
  /** What is run of all that there is. */
  #chosen: Partial<RunCommandOptions> = {}
  #failed: Failed | undefined
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
    const matches = matching(SCENARIOS, text)
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
    const matches = typed.kind === 'left' ? [] : matching(SCENARIOS, typed.text)
    if (typed.kind === 'left') return
    if (matches.length === 0) this.#say(`no scenario has "${typed.text}" in its name (npx tailrace list shows them all)`)
    else this.#runOnly(typed.text.trim() === '' ? {} : { scenario: matches })
  }

  #say(text: string): void {
    process.stdout.write(`${text}\n`)
  }
}

const few = (files: readonly string[]) => (files.length <= 3 ? files : [...files.slice(0, 2), `${files.length - 2} more`])
