/**
 * A sign of life on stderr, for whatever takes longer than two seconds. On a terminal it is a spinner; in CI, where a
 * job without output is killed, a line now and then; anywhere else nothing.
 */
import type { Writable } from 'node:stream'
import { heartbeat, stopwatch } from '../clock/clock.js'
import { clip, visible } from './text.js'

export type ProgressText = string | ((width: number) => string)

export interface Progress {
  /**
   * Shows the text, or will as soon as it has taken long enough. After `stop` it begins anew.
   * @param text that changes as time goes on is asked for again and again, with the cells that there are.
   */
  update(text: ProgressText): void
  /** Takes the line away, so that something else can be written. */
  stop(): void
}

export type ProgressStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }

const PATIENCE_MS = 2_000
const CI_LINE_MS = 30_000
const REFRESH_MS = 100
const CI_WIDTH = 160
export const SILENT: Progress = { update: () => undefined, stop: () => undefined }

type Environment = Readonly<Record<string, string | undefined>>

export function createProgress(stream: ProgressStream, environment: Environment = process.env): Progress {
  if (environment['CI'] !== undefined) return inLines(stream)
  return stream.isTTY === true && environment['TERM'] !== 'dumb' ? onTerminal(stream) : SILENT
}

function inLines(stream: ProgressStream): Progress {
  const elapsed = stopwatch()
  let text: ProgressText = ''
  let stopBeat: (() => void) | undefined
  return {
    update: (next) => {
      text = next
      stopBeat ??= heartbeat(CI_LINE_MS, () => stream.write(`${textOf(text, CI_WIDTH)} (${Math.round(elapsed() / 1000)} s)\n`))
    },
    stop: () => {
      stopBeat?.()
      stopBeat = undefined
    },
  }
}

function onTerminal(stream: ProgressStream): Progress {
  let current: Spin | undefined
  return {
    update: (text) => {
      current ??= new Spin(stream)
      current.say(text)
    },
    stop: () => {
      current?.stop()
      current = undefined
    },
  }
}

/** One spinner, from the time that it is wanted until it is taken away. */
class Spin {
  readonly #stream: ProgressStream
  #stopBeat: () => void
  #text: ProgressText = ''
  #stopped = false
  #spinner: { text: string; stop(): unknown } | undefined

  constructor(stream: ProgressStream) {
    this.#stream = stream
    this.#stopBeat = heartbeat(PATIENCE_MS, () => {
      this.#stopBeat()
      // Without its spinner a run is as good.
      this.#show().catch(() => undefined)
    })
  }

  say(text: ProgressText): void {
    this.#text = text
  }

  /** What there is to say fits on one line, the spinner in front of it. */
  #line(): string {
    const width = (this.#stream.columns ?? 80) - 4
    return clip(textOf(this.#text, width), width)
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.#stopBeat()
    this.#spinner?.stop()
    process.off('exit', this.stop)
  }

  async #show(): Promise<void> {
    const { default: yoctoSpinner } = await import('yocto-spinner')
    // Signals are the command line's to handle: the spinner's own handler would exit before the store is shut down.
    if (this.#stopped) return
    const spinner = yoctoSpinner({ text: this.#line(), stream: this.#stream, handleSignals: false }).start()
    this.#spinner = spinner
    // Whatever ends the process, the terminal gets its cursor back.
    process.once('exit', this.stop)
    this.#stopBeat = heartbeat(REFRESH_MS, () => {
      spinner.text = this.#line()
    })
  }
}

const textOf = (text: ProgressText, width: number): string => visible(typeof text === 'string' ? text : text(width))
