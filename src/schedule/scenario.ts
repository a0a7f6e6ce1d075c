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

/** A schedule for one known race or rule, with what it tries and what a subject needs for it: what `scenario` makes. */
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
  /** Where a subject does not offer all of these, the scenario is skipped, with the reason. */
  readonly needs: readonly Need[]
  /** What consumes where the subject is a repository alone. */
  readonly consumer: ReferenceConsumer
  /** What is performed. */
  readonly schedule: Schedule
}

/** What `scenario` takes beside the name. */
export interface ScenarioOptions {
  /** One sentence: what happens. */
  readonly summary: string
  /** The entry of the catalogue of races, `R1` … */
  readonly race?: string
  /** The rule that it tries first, `4.2` … */
  readonly rule: string
  /** Rules that it tries on the way. */
  readonly also?: readonly string[]
  /** Performed in order. */
  readonly steps: readonly Step[]
  /** What reads are made with. Default 2000 ms, 10 entries. */
  readonly read?: Partial<ScheduleReadOptions>
  /** How many consumers take part. Default 1. */
  readonly consumers?: number
  /** What a subject must offer for it. Default nothing. */
  readonly needs?: readonly Need[]
  /** What consumes where the subject is a repository alone. Default `snapshot-cursor`. */
  readonly consumer?: ReferenceConsumer
}

/** A scenario: a schedule under a name. `reproduce` of `tailrace/testing` runs its `schedule`. */
export function scenario(name: string, options: ScenarioOptions): Scenario {
  const { summary, race, rule, also = [], steps, needs = [], consumer = 'snapshot-cursor', ...rest } = options
  return { name, summary, ...(race === undefined ? {} : { race }), rule, also, needs, consumer, schedule: schedule(steps, rest) }
}

/** Step: the consumer goes to its next gate. Where it is blocked, its BLOCK times out empty. */
export const advance = (consumer = 0): Step => ({ advance: consumer })

/**
 * Step: the consumer goes past as many gates as it takes to the one named. A divergence where it does not come there.
 * @param options `outcome`: with `read-returned`, passes by reads that come back otherwise. `command`: with `command-called` and
 * `command-returned`, passes by other commands (in upper case). `consumer`: its index, default 0.
 */
export const advanceTo = (gate: Gate, options: { outcome?: ReadOutcome; command?: string; consumer?: number } = {}): Step => ({
  advance: options.consumer ?? 0,
  to: gate,
  ...(options.outcome === undefined ? {} : { outcome: options.outcome }),
  ...(options.command === undefined ? {} : { command: options.command }),
})

/** Step: the BLOCK that the consumer waits in times out now. A divergence where it is not blocked. */
export const expire = (consumer = 0): Step => ({ expire: consumer })
/** Step: the client goes away. The consumer's signal aborts, and the consumer is waited for until it has closed. */
export const abort = (consumer = 0): Step => ({ abort: consumer })
/** Step: a consumer that has closed starts again, above its last delivered entry or at the tail. */
export const restart = (from: 'last-id' | 'tail', consumer = 0): Step => ({ restart: consumer, from })
/**
 * Step: the producer appends `count` entries through the subject's own `sendData` (over the wire: its `publish`). They are named s1,
 * s2 … in the order of a schedule's appends.
 * @param options `payloads`: what to put into them, recycled when there are fewer. `ids`: explicit ids; the harness adds what the
 * adapter encoded once more under each. `together`: all calls are made before the first has returned. `equal`: all hold the same.
 * `notify: 'later'`: no channel is told of them until a step `notify` (over the wire).
 */
export const append = (
  count: number,
  options: { payloads?: readonly Json[]; ids?: readonly string[]; together?: true; equal?: true; notify?: 'later' } = {},
): Step => ({
  append: count,
  ...options,
})
/** Step, over the wire: a channel is told of the n-th appended entry, counted from 1. */
export const notify = (entry: number): Step => ({ notify: entry })
/** Step: the oldest entries are removed until `maxLen` are left. */
export const trim = (maxLen: number): Step => ({ trim: { maxLen } })
/** Step: the n-th appended entry, counted from 1, is deleted. */
export const remove = (entry: number): Step => ({ delete: entry })
/** Step: the whole topic is deleted. */
export const drop = (): Step => ({ drop: 'topic' })
/** Step: `count` entries that do not decode are added. */
export const poison = (count: number): Step => ({ poison: count })
/** Step: `count` entries are appended to another topic, whose name begins with this one's. */
export const elsewhere = (count: number): Step => ({ elsewhere: count })
/** Step: the status that a consumer can ask for becomes `done`; nothing more will be appended. */
export const finish = (): Step => ({ finish: true })
/** Step: the connection that the consumer is blocked on is cut, in one transaction with the producer steps that follow directly. */
export const disconnect = (consumer = 0): Step => ({ disconnect: consumer })
/**
 * Step, over the wire: the next reply to the consumer never comes (`withheld`), or its connection ends in its place (`lost`) or in the
 * middle of it (`torn`). The server has done what was asked in each case.
 */
export const reply = (is: 'withheld' | 'lost' | 'torn', consumer = 0): Step => ({ reply: consumer, is })
/** Step, over the wire: this error (`NOGROUP No such key`) stands in the place of the next reply, whatever the server has done. */
export const replyError = (error: string, consumer = 0): Step => ({ reply: consumer, is: 'error', error })
/** Step, over the wire: new connections of the consumer are refused from now on. */
export const refuse = (consumer = 0): Step => ({ connections: consumer, are: 'refused' })
/** Step, over the wire: all connections of the consumer are cut. */
export const cut = (consumer = 0): Step => ({ connections: consumer, are: 'cut' })
/** Step, over the wire: new connections of the consumer are accepted again. */
export const accept = (consumer = 0): Step => ({ connections: consumer, are: 'accepted' })
/** Step, over the wire: the answer to the next append of a publisher behind the probe is lost with its connection. */
export const loseAcknowledgement = (): Step => ({ acknowledgement: 'lost' })
/** Step, over the wire: replies to the consumer pass at so many bytes a second from now on. */
export const slow = (bytesPerSecond: number, consumer = 0): Step => ({ slow: consumer, bytesPerSecond })
/**
 * Step: the next calls of this kind fail.
 * @param options `times`: how many, default 1. `after`: a read fails only after it has handed out so many entries, and an append only
 * after it was written, so that its reply is lost and its outcome unknown.
 */
export const fail = (what: 'read' | 'append' | 'tail', options: { times?: number; after?: number } = {}): Step => ({
  fail: what,
  times: options.times ?? 1,
  ...(options.after === undefined ? {} : { after: options.after }),
})
