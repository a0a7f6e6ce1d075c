/**
 * A sign of life on stderr, for whatever takes longer than two seconds. On a terminal it is a spinner; in CI, where a
 * job without output is killed, a line now and then; anywhere else nothing.
 */
import type { Writable } from 'node:stream'
import { heartbeat, stopwatch } from '../clock/clock.js'
import { clip, visible } from './text.js'

export interface Progress {
  /** Shows the text, or will as soon as it has taken long enough. After `stop` it begins anew. */
  update(text: string): void
  /** Takes the line away, so that something else can be written. */
  stop(): void
}

export type ProgressStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }

const PATIENCE_MS = 2_000
const CI_LINE_MS = 30_000
const SILENT: Progress = { update: () => undefined, stop: () => undefined }

type Environment = Readonly<Record<string, string | undefined>>

export function createProgress(stream: ProgressStream, environment: Environment = process.env): Progress {
  if (environment['CI'] !== undefined) return inLines(stream)
  return stream.isTTY === true && environment['TERM'] !== 'dumb' ? onTerminal(stream) : SILENT
}

function inLines(stream: ProgressStream): Progress {
  const elapsed = stopwatch()
  let text = ''
  let stopBeat: (() => void) | undefined
  return {
    update: (next) => {
      text = next
      stopBeat ??= heartbeat(CI_LINE_MS, () => stream.write(`${visible(text)} (${Math.round(elapsed() / 1000)} s)\n`))
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
  readonly #stopWaiting: () => void
  #text = ''
  #stopped = false
  #spinner: { text: string; stop(): unknown } | undefined

  constructor(stream: ProgressStream) {
    this.#stream = stream
    this.#stopWaiting = heartbeat(PATIENCE_MS, () => {
      this.#stopWaiting()
      // Without its spinner a run is as good.
      this.#show().catch(() => undefined)
    })
  }

  say(text: string): void {
    this.#text = clip(visible(text), (this.#stream.columns ?? 80) - 4)
    if (this.#spinner !== undefined) this.#spinner.text = this.#text
  }

  stop(): void {
    this.#stopped = true
    this.#stopWaiting()
    this.#spinner?.stop()
  }

  async #show(): Promise<void> {
    const { default: yoctoSpinner } = await import('yocto-spinner')
    // Signals are the command line's to handle: the spinner's own handler would exit before the store is shut down.
    if (!this.#stopped) this.#spinner = yoctoSpinner({ text: this.#text, stream: this.#stream, handleSignals: false }).start()
  }
}
