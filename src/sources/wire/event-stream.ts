/** Follows a stream of server-sent events. Only its lines matter: a delivery is a line that contains a sentinel's token. */
import { systemClock } from '../../clock/clock.js'
import { lines } from './lines.js'

/** A server that was just started does not listen yet. */
const TRIES = 200
const PAUSE_MS = 50

export interface EventStream {
  stop(): void
  /** Resolves with why it cannot be followed; never, where it can. */
  readonly failed: Promise<string>
}

export function followEvents(url: string, onLine: (line: string) => void): EventStream {
  const stopped = new AbortController()
  const failed = new Promise<string>((resolve) => {
    follow(url, onLine, stopped.signal).catch((error: unknown) => {
      if (!stopped.signal.aborted)
        resolve(`the events at ${url} cannot be followed: ${error instanceof Error ? error.message : String(error)}`)
    })
  })
  return { failed, stop: () => stopped.abort() }
}

async function follow(url: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
  const response = await connect(url, signal)
  if (!response.ok || response.body === null) throw new Error(`it answers ${response.status}`)
  const { push, end } = lines(onLine)
  const decoder = new TextDecoder()
  for await (const chunk of response.body) push(decoder.decode(chunk, { stream: true }))
  end()
}

async function connect(url: string, signal: AbortSignal): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await fetch(url, { signal, headers: { accept: 'text/event-stream' } })
    } catch (error) {
      if (tries === TRIES || signal.aborted) throw error instanceof Error && error.cause instanceof Error ? error.cause : error
      await systemClock.sleep(PAUSE_MS, signal)
    }
  }
}
