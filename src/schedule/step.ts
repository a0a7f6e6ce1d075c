/**
 * A step is one move: of a consumer to its next gate, of the producer, or a fault. Steps are plain data, so a schedule
 * can be written by hand, generated, shrunk, saved and replayed.
 *
 * Consumers are indices, from 0. Appended entries are counted from 1 in the order of their appends: s1, s2, …
 */
import type { Json } from '../contract/stream-repository.js'
import type { Gate, ReadOutcome } from './gate.js'

/** Moves a consumer to its next gate, or on to the one named. A consumer that is blocked times out empty. */
export interface AdvanceStep {
  readonly advance: number
  readonly to?: Gate
  /** With `to: 'read-returned'`: passes by reads that come back otherwise. */
  readonly outcome?: ReadOutcome
  /** With `to: 'command-called'` or `'command-returned'`: passes by other commands. In upper case. */
  readonly command?: string
}

/** The BLOCK that this consumer waits in times out now. A divergence where it is not blocked. */
export interface ExpireStep {
  readonly expire: number
}

/** Closes the consumer's session from outside, as a client that goes away does. */
export interface AbortStep {
  readonly abort: number
}

/** Starts the consumer again, from the last entry that it delivered or at the tail. */
export interface RestartStep {
  readonly restart: number
  readonly from: 'last-id' | 'tail'
}

/** Appends so many entries, one after the other unless they are to be under way together. */
export interface AppendStep {
  readonly append: number
  /** What to put into them; recycled when shorter than `append`. */
  readonly payloads?: readonly Json[]
  /** Explicit ids. The entry is what the adapter itself encoded, added again by the harness under this id. */
  readonly ids?: readonly string[]
  /** All calls are made before the first of them has returned. */
  readonly together?: true
  /** All of them hold what the first does, so that only their ids tell them apart. */
  readonly equal?: true
  /** Where the publisher also tells a channel of each entry: not now, but in steps of their own. */
  readonly notify?: 'later'
}

/** Tells the channel of the n-th appended entry; over the wire only. */
export interface NotifyStep {
  readonly notify: number
}

/** Removes the oldest entries, exactly, until so many are left. */
export interface TrimStep {
  readonly trim: { readonly maxLen: number }
}

/** Deletes the n-th appended entry. */
export interface DeleteStep {
  readonly delete: number
}

/** Deletes the whole topic. */
export interface DropStep {
  readonly drop: 'topic'
}

/** Adds so many entries that do not decode. */
export interface PoisonStep {
  readonly poison: number
}

/** What the name of the other topic adds to this one's. */
export const ELSEWHERE = ':elsewhere'

/** Appends so many entries to another topic, whose name begins with this one's. */
export interface ElsewhereStep {
  readonly elsewhere: number
}

/** From now on the status that the consumer can ask for is "done": nothing more will be appended. */
export interface FinishStep {
  readonly finish: true
}

/** Cuts the connection that this consumer is blocked on, together with the producer steps that follow directly. */
export interface DisconnectStep {
  readonly disconnect: number
}

/**
 * The next calls of this kind fail, so many times. With `after` a read fails only when it has handed out so many entries,
 * and an append only when it has been written: its reply is lost, and the caller is told that the outcome is unknown.
 */
export interface FailStep {
  readonly fail: 'read' | 'append' | 'tail'
  readonly times: number
  readonly after?: number
}

/**
 * What becomes of the next reply to this consumer, over the wire only: it is never sent (`withheld`), or the connection is
 * closed in its place (`lost`) or in the middle of it (`torn`), or an error stands in its place. The server has done its
 * part in each case.
 */
export interface ReplyStep {
  readonly reply: number
  readonly is: 'withheld' | 'lost' | 'torn' | 'error'
  /** With `error`: `NOGROUP No such key`. */
  readonly error?: string
}

/** This consumer's connections are cut now, or new ones refused from now on, or accepted again; over the wire only. */
export interface ConnectionsStep {
  readonly connections: number
  readonly are: 'cut' | 'refused' | 'accepted'
}

/** From now on this consumer's replies pass at so many bytes a second; over the wire only. */
export interface SlowStep {
  readonly slow: number
  readonly bytesPerSecond: number
}

/** The answer to the next append is lost with its connection, for a publisher behind the probe; over the wire only. */
export interface AcknowledgementStep {
  readonly acknowledgement: 'lost'
}

/** A step that only the wire probe can do. */
export type WireStep = ReplyStep | ConnectionsStep | SlowStep | AcknowledgementStep
/** A step that moves a consumer. */
export type ConsumerStep = AdvanceStep | ExpireStep | AbortStep | RestartStep
/** A step of the producer: an entry appended, removed, or told of. */
export type ProducerStep = AppendStep | NotifyStep | TrimStep | DeleteStep | DropStep | PoisonStep | ElsewhereStep | FinishStep
/** A step that makes something fail. */
export type FaultStep = DisconnectStep | FailStep | WireStep
/** One move of a schedule, as plain data. The functions `advance`, `append` … make them. */
export type Step = ConsumerStep | ProducerStep | FaultStep

export const isProducerStep = (step: Step): step is ProducerStep =>
  'append' in step ||
  'notify' in step ||
  'trim' in step ||
  'delete' in step ||
  'drop' in step ||
  'poison' in step ||
  'elsewhere' in step ||
  'finish' in step

/** The steps from this place on that change the log, without one of another kind in between. */
export function changesFrom(steps: readonly Step[], from: number): readonly ProducerStep[] {
  const changes: ProducerStep[] = []
  for (let step = steps[from]; step !== undefined && isProducerStep(step) && !('notify' in step); step = steps[from + changes.length])
    changes.push(step)
  return changes
}

/** A step in a few words, as reports show it. */
export function describeStep(step: Step): string {
  const who = (consumer: number) => (consumer === 0 ? 'consumer' : `consumer ${consumer}`)
  const many = (n: number, noun: string) => `${n} ${n === 1 ? noun : `${noun}s`}`
  if ('advance' in step)
    return `${who(step.advance)} → ${step.outcome ?? step.to ?? 'next gate'}${step.command === undefined ? '' : ` (${step.command})`}`
  if ('expire' in step) return `${who(step.expire)}: BLOCK times out`
  if ('abort' in step) return `${who(step.abort)}: abort`
  if ('restart' in step) return `${who(step.restart)}: restart from ${step.from}`
  if ('append' in step)
    return `append ${step.append}${step.together ? ' at once' : ''}${step.equal ? ' alike' : ''}${step.ids ? ` as ${step.ids.join(', ')}` : ''}${step.notify === undefined ? '' : ', unnotified'}`
  if ('notify' in step) return `notify of s${step.notify}`
  if ('trim' in step) return `trim to ${step.trim.maxLen}`
  if ('delete' in step) return `delete s${step.delete}`
  if ('drop' in step) return 'drop topic'
  if ('poison' in step) return `add ${many(step.poison, 'undecodable entry').replace('entrys', 'entries')}`
  if ('elsewhere' in step) return `append ${step.elsewhere} to another topic`
  if ('finish' in step) return 'status: done'
  if ('disconnect' in step) return `${who(step.disconnect)}: connection cut`
  if ('reply' in step) return `${who(step.reply)}: next reply ${step.error === undefined ? step.is : `is ${step.error.split(' ')[0]}`}`
  if ('connections' in step) return `${who(step.connections)}: connections ${step.are}`
  if ('slow' in step) return `${who(step.slow)}: ${step.bytesPerSecond} bytes a second`
  if ('acknowledgement' in step) return 'next acknowledgement lost'
  const after = step.after === undefined ? '' : ` after ${many(step.after, 'entry').replace('entrys', 'entries')}`
  return step.times === 1 ? `next ${step.fail} fails${after}` : `next ${many(step.times, step.fail)} fail${after}`
}
