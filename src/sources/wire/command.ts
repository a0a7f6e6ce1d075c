/**
 * A consumer that is a program of its own: started by us with the address of the probe in its environment, and ended by
 * its process group. What it has delivered is read off its output, or off the event stream that it serves.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { systemClock } from '../../clock/clock.js'
import type { WireContext, WireProgram, WireSubject } from '../../subject/wire-subject.js'

/** Where deliveries show: on its output, or as server-sent events at a URL (`{topic}` stands for the topic). */
export type Deliveries = 'stdout' | 'stderr' | { readonly sse: string }

/** What `commandSubject` takes. What is not explained here is as in `WireSubject`. */
export interface CommandOptions {
  /** As reports show it. */
  readonly name: string
  /** A key. A `*` in it becomes a name of each run's own. */
  readonly topic: string
  /** The program and its arguments. `{url}`, `{host}`, `{port}` and `{topic}` in them are filled in. */
  readonly command: readonly string[]
  readonly deliveries: Deliveries
  /** A line that promises delivery. */
  readonly announcement?: RegExp
  /** The variable that holds the probe's address. Default `REDIS_URL`. */
  readonly variable?: string
  /** What it is set to. Default `redis://{host}:{port}`. */
  readonly format?: string
  readonly publish?: WireSubject['publish']
  readonly notify?: WireSubject['notify']
  readonly delivery?: WireSubject['delivery']
  readonly startsAt?: WireSubject['startsAt']
  readonly consumers?: WireSubject['consumers']
  readonly catchUpWithinMs?: WireSubject['catchUpWithinMs']
  /** What it prints and is no delivery, line by line. Default: nobody. */
  readonly onOutput?: (line: string) => void
}

const DEFAULT_FORMAT = 'redis://{host}:{port}'
const STOP_MS = 1500
const KEPT_LINES = 5

/**
 * A subject on the wire that is a program: tailrace starts it for each schedule, with the address of the probe in its environment, and
 * ends it with its process group. One that cannot be started gives no verdict but unknown (exit code 2).
 */
export function commandSubject({
  name,
  topic,
  announcement,
  publish,
  notify,
  delivery,
  startsAt,
  consumers,
  catchUpWithinMs,
  ...options
}: CommandOptions): WireSubject {
  return {
    name,
    topic,
    announces: announcement !== undefined,
    ...(publish === undefined ? {} : { publish }),
    ...(notify === undefined ? {} : { notify }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(consumers === undefined ? {} : { consumers }),
    ...(catchUpWithinMs === undefined ? {} : { catchUpWithinMs }),
    start: (context) => start({ ...options, ...(announcement === undefined ? {} : { announcement }) }, context),
  }
}

type Start = Pick<CommandOptions, 'command' | 'deliveries' | 'announcement' | 'variable' | 'format' | 'onOutput'>

function start(options: Start, context: WireContext): WireProgram {
  const filled = (text: string) => fill(text, context)
  const [program, ...args] = options.command.map(filled)
  const child = spawn(program!, args, {
    // A group of its own: what it starts in turn ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      [options.variable ?? 'REDIS_URL']: filled(options.format ?? DEFAULT_FORMAT),
      TAILRACE_TOPIC: context.topic,
      // Its output is a pipe, which Python would fill up before it passes it on.
      PYTHONUNBUFFERED: '1',
    },
  })
  const onExit = () => signalGroup(child, 'SIGKILL')
  process.once('exit', onExit)
  const last: string[] = []
  const heard = (line: string) => {
    if (options.announcement?.test(line)) context.onAnnouncement()
    context.onDelivery(line)
  }
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`${program} cannot be started: ${error.message}`))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : whyEnded(program!, code, signal, last)))
  })
  for (const name of ['stdout', 'stderr'] as const) {
    const { push, end } = lines((line) => {
      last.splice(0, last.length, ...[...last, line].slice(-KEPT_LINES))
      options.onOutput?.(line)
      if (options.deliveries === name) heard(line)
    })
    child[name].setEncoding('utf8').on('data', push).once('end', end)
  }
  const events = typeof options.deliveries === 'object' ? followEvents(filled(options.deliveries.sse), heard) : undefined
  return {
    ended: Promise.race([ended, ...(events === undefined ? [] : [events.failed])]),
    stop: async () => {
      events?.stop()
      await stop(child, ended)
      process.off('exit', onExit)
    },
  }
}

export const fill = (text: string, { url, host, port, topic }: Pick<WireContext, 'url' | 'host' | 'port' | 'topic'>): string =>
  text.replaceAll(/\{(url|host|port|topic)\}/g, (_, name: 'url' | 'host' | 'port' | 'topic') => String({ url, host, port, topic }[name]))

function whyEnded(program: string, code: number | null, signal: string | null, last: readonly string[]): string {
  const said = last.length === 0 ? '' : `; the last that it said: ${last.join(' | ')}`
  return `${program} ended with ${signal ?? `exit code ${code}`}${said}`
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.pid === undefined) return
  signalGroup(child, 'SIGTERM')
  const late = new AbortController()
  await Promise.race([ended, systemClock.sleep(STOP_MS, late.signal)])
  late.abort()
  // Also where the first of the group is gone: others of it may have stayed.
  signalGroup(child, 'SIGKILL')
  // One that has left the group may hold our pipes open for ever.
  child.stdout?.destroy()
  child.stderr?.destroy()
  await ended
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}

// ── what it shows

/** A server that was just started does not listen yet. */
const TRIES = 200
const PAUSE_MS = 50

interface EventStream {
  stop(): void
  /** Resolves with why it cannot be followed; never, where it can. */
  readonly failed: Promise<string>
}

/** Follows a stream of server-sent events. Only its lines matter: a delivery is a line that contains a sentinel's token. */
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

const MAX_LINE = 16 * 1024 * 1024

/** Text that comes in pieces, as lines. A line that never ends is cut: it is looked at for tokens, not kept. */
export function lines(onLine: (line: string) => void): { readonly push: (text: string) => void; readonly end: () => void } {
  let rest = ''
  const say = (line: string) => void (line !== '' && onLine(line))
  return {
    push: (text) => {
      const parts = (rest + text).split(/\r\n|\n|\r/)
      rest = parts.pop()!
      for (const part of parts) say(part)
      if (rest.length > MAX_LINE) [rest] = ['', say(rest)]
    },
    end: () => {
      say(rest)
      rest = ''
    },
  }
}
