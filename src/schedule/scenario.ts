/** Scenarios: hand-written schedules for one known race each, and the words they are written in. */
import type { Json } from '../contract/stream-repository.js'
import type { Gate, ReadOutcome } from './gate.js'
import { type Schedule, type ScheduleReadOptions, schedule } from './schedule.js'
import type { Step } from './step.js'

/** The reference loop that a scenario runs on where the subject is a repository without a consumer of its own. */
export type ReferenceConsumer = 'snapshot-cursor' | 'sse-task-events'

/** What a subject must offer for a scenario to mean anything on it. */
export type Need =
  /** It announces readiness: `isAnnouncement` is given. */
  | 'announcement'
  /** It ends after the status says done. */
  | 'status'
  /** It goes on after a read error. */
  | 'retries'
  /** It takes `from` and goes on above it. */
  | 'resumes'
  /** It tells of entries that were trimmed away before it got to them. */
  | 'signalsTruncation'
  /** It tells of a topic that was deleted and made anew with lower ids. */
  | 'signalsRecreation'
  /** Its session starts at the beginning of the stream. */
  | 'fromBeginning'
  /** Its client asks again by itself when an answer does not come. */
  | 'givesUp'
  /** It reads several streams at once. */
  | 'severalStreams'
  /** It acknowledges entries to a group. */
  | 'acknowledges'
  /** It appends through the probe, too. */
  | 'appendsThroughProbe'
  /** Its publisher tells a channel of each entry. */
  | 'notifies'

export interface Scenario {
  /** The file's name, kebab-case: what `--scenario` takes. */
  readonly name: string
  /** One sentence: what happens. */
  readonly summary: string
  /** The entry of the catalogue of races, `R1` … Missing where it tries a rule that no race was named after. */
  readonly race?: string
  /** The rule that it tries first, `4.2` … */
  readonly rule: string
  /** Rules that it tries on the way: a violator of one of them fails it too. */
  readonly also: readonly string[]
  readonly needs: readonly Need[]
  readonly consumer: ReferenceConsumer
  readonly schedule: Schedule
}

export interface ScenarioOptions {
  readonly summary: string
  readonly race?: string
  readonly rule: string
  readonly also?: readonly string[]
  readonly steps: readonly Step[]
  readonly read?: Partial<ScheduleReadOptions>
  readonly consumers?: number
  readonly needs?: readonly Need[]
  readonly consumer?: ReferenceConsumer
}

export function scenario(name: string, options: ScenarioOptions): Scenario {
  const { summary, race, rule, also = [], steps, needs = [], consumer = 'snapshot-cursor', ...rest } = options
  return { name, summary, ...(race === undefined ? {} : { race }), rule, also, needs, consumer, schedule: schedule(steps, rest) }
}

/** One gate on. */
export const advance = (consumer = 0): Step => ({ advance: consumer })

/** As many gates as it takes to the one named; a divergence where it does not come. */
export const advanceTo = (gate: Gate, options: { outcome?: ReadOutcome; command?: string; consumer?: number } = {}): Step => ({
  advance: options.consumer ?? 0,
  to: gate,
  ...(options.outcome === undefined ? {} : { outcome: options.outcome }),
  ...(options.command === undefined ? {} : { command: options.command }),
})

export const expire = (consumer = 0): Step => ({ expire: consumer })
export const abort = (consumer = 0): Step => ({ abort: consumer })
export const restart = (from: 'last-id' | 'tail', consumer = 0): Step => ({ restart: consumer, from })
export const append = (
  count: number,
  options: { payloads?: readonly Json[]; ids?: readonly string[]; together?: true; equal?: true; notify?: 'later' } = {},
): Step => ({
  append: count,
  ...options,
})
export const notify = (entry: number): Step => ({ notify: entry })
export const trim = (maxLen: number): Step => ({ trim: { maxLen } })
export const remove = (entry: number): Step => ({ delete: entry })
export const drop = (): Step => ({ drop: 'topic' })
export const poison = (count: number): Step => ({ poison: count })
export const elsewhere = (count: number): Step => ({ elsewhere: count })
export const finish = (): Step => ({ finish: true })
export const disconnect = (consumer = 0): Step => ({ disconnect: consumer })
export const reply = (is: 'withheld' | 'lost' | 'torn', consumer = 0): Step => ({ reply: consumer, is })
export const replyError = (error: string, consumer = 0): Step => ({ reply: consumer, is: 'error', error })
export const refuse = (consumer = 0): Step => ({ connections: consumer, are: 'refused' })
export const cut = (consumer = 0): Step => ({ connections: consumer, are: 'cut' })
export const accept = (consumer = 0): Step => ({ connections: consumer, are: 'accepted' })
export const loseAcknowledgement = (): Step => ({ acknowledgement: 'lost' })
export const slow = (bytesPerSecond: number, consumer = 0): Step => ({ slow: consumer, bytesPerSecond })
export const fail = (what: 'read' | 'append' | 'tail', options: { times?: number; after?: number } = {}): Step => ({
  fail: what,
  times: options.times ?? 1,
  ...(options.after === undefined ? {} : { after: options.after }),
})
