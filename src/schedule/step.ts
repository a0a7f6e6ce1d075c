/**
 * A step is one move: of a consumer to its next gate, of the producer, or a fault. Steps are plain data, so a schedule
 * can be written by hand, generated, shrunk, saved and replayed.
 *
 * This is their catalogue. A step is an interface, the functions that make it, its place in one of the four lists below
 * (who moves), and a record in `STEPS`: its schema, its words in reports, and what docs/concepts.md says of it. The replay
 * codec, the JSON Schema and `describeStep` come from the records; the compiler asks for one of each step.
 *
 * Consumers are indices, from 0. Appended entries are counted from 1 in the order of their appends: s1, s2, …
 */
import type * as valibot from 'valibot'
import type { Json } from '../contract/stream-repository.js'
import { GATES, type Gate, READ_OUTCOMES, type ReadOutcome } from './gate.js'

/** Moves a consumer to its next gate, or on to the one named. A consumer that is blocked times out empty. */
export interface AdvanceStep {
  readonly advance: number
  readonly to?: Gate
  /** With `to: 'read-returned'`: passes by reads that come back otherwise. */
  readonly outcome?: ReadOutcome
  /** With `to: 'command-called'` or `'command-returned'`: passes by other commands. In upper case. */
  readonly command?: string
  /**
   * So many of the gates that it is held at side by side stay held, the oldest of them, and what comes behind these goes: the next
   * gate, or, where there is none, its time. With `to`, at every gate on the way.
   */
  readonly held?: number
}

/**
 * Step: the consumer goes to its next gate. Where it is blocked, its BLOCK times out empty.
 * @param options `held`: of one that is held at several gates side by side, which of them it leaves. 0 is the oldest, and the default;
 * 1 keeps that one held, and lets go of the next. Where as many gates are held as are kept, time passes: a BLOCK of it, or a pause,
 * ends. A divergence where nothing is left to go.
 */
export const advance = (consumer = 0, options: { held?: number } = {}): Step => ({ advance: consumer, ...kept(options) })

/**
 * Step: the consumer goes past as many gates as it takes to the one named. A divergence where it does not come there.
 * @param options `outcome`: with `read-returned`, passes by reads that come back otherwise. `command`: with `command-called` and
 * `command-returned`, passes by other commands (in upper case). `consumer`: its index, default 0. `held`: so many of the gates that it
 * is held at, the oldest, stay held all the way (see `advance`).
 */
export const advanceTo = (
  gate: Gate,
  options: { outcome?: ReadOutcome; command?: string; consumer?: number; held?: number } = {},
): Step => ({
  advance: options.consumer ?? 0,
  to: gate,
  ...(options.outcome === undefined ? {} : { outcome: options.outcome }),
  ...(options.command === undefined ? {} : { command: options.command }),
  ...kept(options),
})

/** The oldest go first where nothing is said. */
const kept = ({ held = 0 }: { readonly held?: number }) => (held === 0 ? {} : { held })

/** The BLOCK that this consumer waits in times out now. A divergence where it is not blocked. */
export interface ExpireStep {
  readonly expire: number
}

/** Step: the BLOCK that the consumer waits in times out now. A divergence where it is not blocked. */
export const expire = (consumer = 0): Step => ({ expire: consumer })

/** Closes the consumer's session from outside, as a client that goes away does. */
export interface AbortStep {
  readonly abort: number
}

/** The client leaves the iteration while it handles a frame. */
export interface LeaveStep {
  readonly leave: number
}

/**
 * Step: the client leaves while it handles a frame, as `break` in a `for await` does, and an error that its body throws. It calls `return()`
 * of the iterator, and the signal does not abort. The consumer is waited for until it has closed; a BLOCK of what it does in the background
 * times out. A divergence where the client waits for a frame, and over the wire, where one leaves with its connection (`abort`).
 */
export const leave = (consumer = 0): Step => ({ leave: consumer })

/** Step: the client goes away. The consumer's signal aborts, and the consumer is waited for until it has closed. */
export const abort = (consumer = 0): Step => ({ abort: consumer })

/**
 * Starts the consumer again: for the client that it had, with the last id that a frame gave it, or for a new one, where sessions of
 * the subject start.
 */
export interface RestartStep {
  readonly restart: number
  readonly from: 'last-id' | 'tail'
  /** With `from: 'last-id'`: not the last, but the one so many different ids before it. */
  readonly back?: number
}

/**
 * Step: the client comes back with the last id that a frame gave it (`resumeIdOf` of a subject), or a new one starts where sessions start.
 * @param options `back`: with `last-id`, the client comes back with an older id, as one does that had not saved its last: the one so many
 * different ids before the last. From then on it is the client that it was when it was first given that. A divergence where it had not so
 * many.
 */
export const restart = (from: 'last-id' | 'tail', consumer = 0, options: { back?: number } = {}): Step => ({
  restart: consumer,
  from,
  ...(options.back === undefined ? {} : { back: options.back }),
})

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
  /** Made by `foreign` of the subject: entries that are not owed to every consumer. */
  readonly foreign?: true
  /** Added past this instance of the adapter, as another process does that appends to the same topic. */
  readonly writer?: 'another'
  /** Where the publisher also tells a channel of each entry: not now, but in steps of their own. */
  readonly notify?: 'later'
}

/**
 * Step: the producer appends `count` entries through the subject's own `sendData` (over the wire: its `publish`). They are named s1,
 * s2 … in the order of a schedule's appends.
 * @param options `payloads`: what to put into them, recycled when there are fewer. `ids`: explicit ids; the harness adds what the
 * adapter encoded once more under each. `together`: all calls are made before the first has returned. `equal`: all hold the same.
 * `foreign`: made by `foreign` of the subject, and not owed to every consumer; a divergence where it has none.
 * `writer: 'another'`: added by the harness as the adapter encodes it, past this instance of it: so does another process.
 * `notify: 'later'`: no channel is told of them until a step `notify` (over the wire).
 */
export const append = (
  count: number,
  options: {
    payloads?: readonly Json[]
    ids?: readonly string[]
    together?: true
    equal?: true
    foreign?: true
    writer?: 'another'
    notify?: 'later'
  } = {},
): Step => ({
  append: count,
  ...options,
})

/** Tells the channel of the n-th appended entry; over the wire only. */
export interface NotifyStep {
  readonly notify: number
}

/** Step, over the wire: a channel is told of the n-th appended entry, counted from 1. */
export const notify = (entry: number): Step => ({ notify: entry })

/** Removes the oldest entries, exactly, until so many are left. */
export interface TrimStep {
  readonly trim: { readonly maxLen: number }
}

/** Step: the oldest entries are removed until `maxLen` are left. */
export const trim = (maxLen: number): Step => ({ trim: { maxLen } })

/** Deletes the n-th appended entry. */
export interface DeleteStep {
  readonly delete: number
}

/** Step: the n-th appended entry, counted from 1, is deleted. */
export const remove = (entry: number): Step => ({ delete: entry })

/** Deletes the whole topic. */
export interface DropStep {
  readonly drop: 'topic'
}

/** Step: the whole topic is deleted. */
export const drop = (): Step => ({ drop: 'topic' })

/** Adds so many entries that do not decode. */
export interface PoisonStep {
  readonly poison: number
}

/** Step: `count` entries that do not decode are added. */
export const poison = (count: number): Step => ({ poison: count })

/** What the name of the other topic adds to this one's. */
export const ELSEWHERE = '-elsewhere'

/** Appends so many entries to another topic, whose name begins with this one's. */
export interface ElsewhereStep {
  readonly elsewhere: number
}

/** Step: `count` entries are appended to another topic, whose name begins with this one's. */
export const elsewhere = (count: number): Step => ({ elsewhere: count })

/** From now on the status that the consumer can ask for is "done": nothing more will be appended. */
export interface FinishStep {
  readonly finish: true
}

/** Step: the status that a consumer can ask for becomes `done`; nothing more will be appended. */
export const finish = (): Step => ({ finish: true })

/** Cuts the connection that this consumer is blocked on, together with the producer steps that follow directly. */
export interface DisconnectStep {
  readonly disconnect: number
  /** At most so many of them. Default: all. */
  readonly with?: number
}

/**
 * Step: the connection that the consumer is blocked on is cut, in one transaction with the producer steps that follow directly.
 * @param options `with`: only with so many of them; those behind come once its client has done what it does about that. Default: all.
 */
export const disconnect = (consumer = 0, options: { with?: number } = {}): Step => ({ disconnect: consumer, ...options })

/**
 * What becomes of the next reply to this consumer, over the wire only: it is never sent (`withheld`), or the connection is
 * closed in its place (`lost`) or in the middle of it (`torn`), and the server has done what was asked. With `error` a request is
 * refused: the next one that a server may refuse so is not sent to it, and has no effect.
 */
export interface ReplyStep {
  readonly reply: number
  readonly is: 'withheld' | 'lost' | 'torn' | 'error'
  /** With `error`: `LOADING Redis is loading the dataset in memory`. */
  readonly error?: string
}

/**
 * Step, over the wire: the next reply to the consumer never comes (`withheld`), or its connection ends in its place (`lost`) or in the
 * middle of it (`torn`). The server has done what was asked in each case.
 */
export const reply = (is: 'withheld' | 'lost' | 'torn', consumer = 0): Step => ({ reply: consumer, is })

/**
 * Step, over the wire: the next read, or question for the tail, that a server may refuse with this error (`BUSY Redis is busy running a
 * script`) is refused with it, and not sent: it has no effect. A read that is under way is not refused any more. `READONLY`, `NOREPLICAS` and
 * `MISCONF` are for what writes, as a read in a group does; `LOADING` for the first command on a connection. A divergence where
 * no server refuses a read so: `OOM`, `NOGROUP`, `UNBLOCKED`, and what only a cluster says.
 */
export const replyError = (error: string, consumer = 0): Step => ({ reply: consumer, is: 'error', error })

/** This consumer's connections are cut now, or new ones refused from now on, or accepted again; over the wire only. */
export interface ConnectionsStep {
  readonly connections: number
  readonly are: 'cut' | 'refused' | 'accepted'
}

/** Step, over the wire: all connections of the consumer are cut. */
export const cut = (consumer = 0): Step => ({ connections: consumer, are: 'cut' })

/** Step, over the wire: new connections of the consumer are refused from now on. */
export const refuse = (consumer = 0): Step => ({ connections: consumer, are: 'refused' })

/** Step, over the wire: new connections of the consumer are accepted again. */
export const accept = (consumer = 0): Step => ({ connections: consumer, are: 'accepted' })

/** The answer to the next append is lost with its connection, for a publisher behind the probe; over the wire only. */
export interface AcknowledgementStep {
  readonly acknowledgement: 'lost'
}

/** Step, over the wire: the answer to the next append of a publisher behind the probe is lost with its connection. */
export const loseAcknowledgement = (): Step => ({ acknowledgement: 'lost' })

/** From now on this consumer's replies pass at so many bytes a second; over the wire only. */
export interface SlowStep {
  readonly slow: number
  readonly bytesPerSecond: number
}

/** Step, over the wire: replies to the consumer pass at so many bytes a second from now on. */
export const slow = (bytesPerSecond: number, consumer = 0): Step => ({ slow: consumer, bytesPerSecond })

/**
 * The next calls of this kind fail, so many times. With `after` a read fails only when it has handed out so many entries,
 * and an append only when it has been written: its reply is lost, and the caller is told that the outcome is unknown.
 */
export interface FailStep {
  readonly fail: 'read' | 'append' | 'tail'
  readonly times: number
  readonly after?: number
  /** Of an append: the adapter is called, and it is the store that refuses what it is asked to add. */
  readonly by?: 'store'
}

/**
 * Step: the next calls of this kind fail.
 * @param options `times`: how many, default 1. `after`: a read fails only after it has handed out so many entries, and an append only
 * after it was written, so that its reply is lost and its outcome unknown. `by: 'store'`: an append fails below the adapter, which may try
 * again: the store refuses what it is asked to add, so many times.
 */
export const fail = (what: 'read' | 'append' | 'tail', options: { times?: number; after?: number; by?: 'store' } = {}): Step => ({
  fail: what,
  times: options.times ?? 1,
  ...(options.after === undefined ? {} : { after: options.after }),
  ...(options.by === undefined ? {} : { by: options.by }),
})

// ── Who moves ──

interface ConsumerSteps {
  readonly advance: AdvanceStep
  readonly expire: ExpireStep
  readonly abort: AbortStep
  readonly leave: LeaveStep
  readonly restart: RestartStep
}

interface ProducerSteps {
  readonly append: AppendStep
  readonly notify: NotifyStep
  readonly trim: TrimStep
  readonly delete: DeleteStep
  readonly drop: DropStep
  readonly poison: PoisonStep
  readonly elsewhere: ElsewhereStep
  readonly finish: FinishStep
}

interface FaultSteps {
  readonly disconnect: DisconnectStep
  readonly fail: FailStep
}

interface WireSteps {
  readonly reply: ReplyStep
  readonly connections: ConnectionsStep
  readonly acknowledgement: AcknowledgementStep
  readonly slow: SlowStep
}

/** A step that only the wire probe can do. */
export type WireStep = ReplyStep | ConnectionsStep | AcknowledgementStep | SlowStep
/** A step that moves a consumer. */
export type ConsumerStep = AdvanceStep | ExpireStep | AbortStep | LeaveStep | RestartStep
/** A step of the producer: an entry appended, removed, or told of. */
export type ProducerStep = AppendStep | NotifyStep | TrimStep | DeleteStep | DropStep | PoisonStep | ElsewhereStep | FinishStep
/** A step that makes something fail. */
export type FaultStep = DisconnectStep | FailStep | WireStep
/** One move of a schedule, as plain data. The functions `advance`, `append` … make them. */
export type Step = ConsumerStep | ProducerStep | FaultStep

// ── Records ──

/** What a report calls the things of a store, where a step speaks of one. A dialect has them: see dialects/words.ts. */
export interface StepWords {
  /** The wait of a blocking read. */
  readonly wait: string
}

/** Schemas that several steps are made of. */
export interface SchemaParts {
  /** A consumer. */
  readonly index: valibot.GenericSchema<unknown, number>
  readonly count: valibot.GenericSchema<unknown, number>
  readonly id: valibot.GenericSchema<unknown, string>
  readonly json: valibot.GenericSchema<unknown, Json>
}

interface StepRecord<S, By extends string> {
  readonly by: By
  /** The value of its key is the index of a consumer. */
  readonly ofConsumer?: true
  /** Handed the validator, so that a run which checks nothing from outside does not load one. */
  readonly schema: (v: typeof valibot, parts: SchemaParts) => valibot.GenericSchema<unknown, S>
  /** A few words, as reports show it. */
  readonly words: (step: S, words: StepWords) => string
  /** Rows of the table in docs/concepts.md: how it is written, and what moves. */
  readonly docs: readonly (readonly [written: string, what: string])[]
}

type Records<Steps, By extends string> = { readonly [Key in keyof Steps]: StepRecord<Steps[Key], By> }

const who = (consumer: number) => (consumer === 0 ? 'consumer' : `consumer ${consumer}`)
const many = (n: number, noun: string) => `${n} ${n === 1 ? noun : noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
const atLeast = (v: typeof valibot, least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))

/** By the key that only a step of this kind has. */
export const STEPS: Records<ConsumerSteps, 'consumer'> &
  Records<ProducerSteps, 'producer'> &
  Records<FaultSteps, 'fault'> &
  Records<WireSteps, 'wire'> = {
  advance: {
    by: 'consumer',
    ofConsumer: true,
    schema: (v, { index }) =>
      v.strictObject({
        advance: index,
        to: v.exactOptional(v.picklist(GATES)),
        outcome: v.exactOptional(v.picklist(READ_OUTCOMES)),
        command: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Z_.]+$/, 'expected a command in upper case, such as "XACK"'))),
        held: v.exactOptional(atLeast(v, 0)),
      }),
    words: ({ advance: consumer, to, outcome, command, held = 0 }) =>
      `${who(consumer)} → ${outcome ?? to ?? 'next gate'}${command === undefined ? '' : ` (${command})`}${held === 0 ? '' : ` past ${many(held, 'held gate')}`}`,
    docs: [
      ['`advance()`', 'the consumer, to its next gate; where it is blocked, its BLOCK times out empty'],
      ['`advance(0, { held: 1 })`', 'the same of one that does several things at once: the oldest gate stays held, and the next one goes'],
      ["`advanceTo('delivered')`, `advanceTo('read-returned', { outcome: 'empty' })`", 'the consumer, past others to the gate named'],
    ],
  },
  expire: {
    by: 'consumer',
    ofConsumer: true,
    schema: (v, { index }) => v.strictObject({ expire: index }),
    words: ({ expire: consumer }, { wait }) => `${who(consumer)}: ${wait} times out`,
    docs: [['`expire()`', 'the BLOCK that it waits in times out now']],
  },
  abort: {
    by: 'consumer',
    ofConsumer: true,
    schema: (v, { index }) => v.strictObject({ abort: index }),
    words: ({ abort: consumer }) => `${who(consumer)}: abort`,
    docs: [['`abort()`', "the client goes away: the consumer's signal aborts, and it is waited for until it has closed"]],
  },
  leave: {
    by: 'consumer',
    ofConsumer: true,
    schema: (v, { index }) => v.strictObject({ leave: index }),
    words: ({ leave: consumer }) => `${who(consumer)}: client leaves`,
    docs: [
      [
        '`leave()`',
        'the client leaves while it handles a frame, as `break` in a `for await` and an error in its body do: `return()`, and no signal',
      ],
    ],
  },
  restart: {
    by: 'consumer',
    ofConsumer: true,
    schema: (v, { index, count }) =>
      v.pipe(
        v.strictObject({ restart: index, from: v.picklist(['last-id', 'tail']), back: v.exactOptional(count) }),
        v.check(({ from, back }) => back === undefined || from === 'last-id', 'expected "from": "last-id" beside "back"'),
      ),
    words: ({ restart: consumer, from, back }) =>
      `${who(consumer)}: restart from ${from}${back === undefined ? '' : `, ${many(back, 'id')} back`}`,
    docs: [
      [
        "`restart('last-id')`, `restart('tail')`",
        'the client comes back with the last id that a frame gave it (`resumeIdOf`); a new one starts where sessions start',
      ],
      ["`restart('last-id', 0, { back: 2 })`", 'the client comes back with an older id that it had: here the second one before the last'],
    ],
  },
  append: {
    by: 'producer',
    schema: (v, { count, json, id }) =>
      v.strictObject({
        append: count,
        payloads: v.exactOptional(v.pipe(v.array(json), v.minLength(1))),
        ids: v.exactOptional(v.array(id)),
        together: v.exactOptional(v.literal(true)),
        equal: v.exactOptional(v.literal(true)),
        foreign: v.exactOptional(v.literal(true)),
        writer: v.exactOptional(v.literal('another')),
        notify: v.exactOptional(v.literal('later')),
      }),
    words: ({ append: n, together, equal, foreign, writer, ids, notify: told }) =>
      `append ${n}${foreign ? ' foreign' : ''}${writer === undefined ? '' : ' by another writer'}${together ? ' at once' : ''}${equal ? ' alike' : ''}${ids ? ` as ${ids.join(', ')}` : ''}${told === undefined ? '' : ', unnotified'}`,
    docs: [
      ['`append(3)`', "the producer, through the subject's own `sendData`"],
      ["`append(2, { ids: ['9-0', '10-0'] })`", 'the same with chosen ids: what the adapter encoded is added again by the harness'],
      ['`append(2, { equal: true })`', 'entries that hold exactly the same, so that their ids alone tell them apart; not over the wire'],
      ['`append(2, { foreign: true })`', 'entries that the subject owes to others (`owes` and `foreign` of a subject)'],
      ["`append(2, { writer: 'another' })`", 'entries added past this instance of the adapter, as another process does'],
      ["`append(2, { notify: 'later' })`", 'over the wire: entries of which no channel is told yet'],
    ],
  },
  notify: {
    by: 'producer',
    schema: (v, { count }) => v.strictObject({ notify: count }),
    words: ({ notify: entry }) => `notify of s${entry}`,
    docs: [['`notify(1)`', 'over the wire: the channel is told of the first entry']],
  },
  trim: {
    by: 'producer',
    schema: (v) => v.strictObject({ trim: v.strictObject({ maxLen: atLeast(v, 0) }) }),
    words: ({ trim: { maxLen } }) => `trim to ${maxLen}`,
    docs: [['`trim(1)`', 'the oldest entries are removed, here until one is left']],
  },
  delete: {
    by: 'producer',
    schema: (v, { count }) => v.strictObject({ delete: count }),
    words: ({ delete: entry }) => `delete s${entry}`,
    docs: [['`remove(2)`', 'the second entry is removed']],
  },
  drop: {
    by: 'producer',
    schema: (v) => v.strictObject({ drop: v.literal('topic') }),
    words: () => 'drop topic',
    docs: [['`drop()`', 'the topic is removed']],
  },
  poison: {
    by: 'producer',
    schema: (v, { count }) => v.strictObject({ poison: count }),
    words: ({ poison: n }) => `add ${many(n, 'undecodable entry')}`,
    docs: [['`poison(10)`', 'that many entries that do not decode are added']],
  },
  elsewhere: {
    by: 'producer',
    schema: (v, { count }) => v.strictObject({ elsewhere: count }),
    words: ({ elsewhere: n }) => `append ${n} to another topic`,
    docs: [['`elsewhere(1)`', 'an entry is appended to another topic']],
  },
  finish: {
    by: 'producer',
    schema: (v) => v.strictObject({ finish: v.literal(true) }),
    words: () => 'status: done',
    docs: [['`finish()`', 'the status that a consumer can ask for becomes `done`']],
  },
  disconnect: {
    by: 'fault',
    ofConsumer: true,
    schema: (v, { index }) => v.strictObject({ disconnect: index, with: v.exactOptional(atLeast(v, 0)) }),
    words: ({ disconnect: consumer }) => `${who(consumer)}: connection cut`,
    docs: [
      [
        '`disconnect()`',
        'the connection that the read waits on is cut, in one transaction with the producer steps that follow directly (`with: n`: at most so many of them)',
      ],
    ],
  },
  reply: {
    by: 'wire',
    ofConsumer: true,
    schema: (v, { index }) =>
      v.strictObject({
        reply: index,
        is: v.picklist(['withheld', 'lost', 'torn', 'error']),
        error: v.exactOptional(v.pipe(v.string(), v.regex(/^[^\r\n]+$/, 'expected one line'))),
      }),
    words: ({ reply: consumer, is, error }) =>
      `${who(consumer)}: next ${is === 'error' ? `read refused${error === undefined ? '' : ` (${error.split(' ')[0]})`}` : `reply ${is}`}`,
    docs: [
      [
        "`reply('withheld')`, `reply('lost')`, `reply('torn')`",
        'over the wire: the next reply never comes, or the connection ends in its place or in the middle of it',
      ],
      ["`replyError('BUSY …')`", 'over the wire: the next read that a server may refuse so is refused, and not sent to it'],
    ],
  },
  connections: {
    by: 'wire',
    ofConsumer: true,
    schema: (v, { index }) => v.strictObject({ connections: index, are: v.picklist(['cut', 'refused', 'accepted']) }),
    words: ({ connections: consumer, are }) => `${who(consumer)}: connections ${are}`,
    docs: [
      ['`cut()`, `refuse()`, `accept()`', 'over the wire: its connections are cut; new ones are refused from now on, or accepted again'],
    ],
  },
  acknowledgement: {
    by: 'wire',
    schema: (v) => v.strictObject({ acknowledgement: v.literal('lost') }),
    words: () => 'next acknowledgement lost',
    docs: [
      [
        '`loseAcknowledgement()`',
        'over the wire: the answer to the next append of a publisher behind the probe is lost with its connection',
      ],
    ],
  },
  slow: {
    by: 'wire',
    ofConsumer: true,
    schema: (v, { index, count }) => v.strictObject({ slow: index, bytesPerSecond: count }),
    words: ({ slow: consumer, bytesPerSecond }) => `${who(consumer)}: ${bytesPerSecond} bytes a second`,
    docs: [['`slow(1000)`', 'over the wire: replies pass at so many bytes a second from now on']],
  },
  fail: {
    by: 'fault',
    schema: (v, { count }) =>
      v.strictObject({
        fail: v.picklist(['read', 'append', 'tail']),
        times: count,
        after: v.exactOptional(atLeast(v, 0)),
        by: v.exactOptional(v.literal('store')),
      }),
    words: ({ fail: what, times, after, by }) => {
      if (by !== undefined) return `next ${times === 1 ? what : many(times, what)} refused by the store`
      const when = after === undefined ? '' : ` after ${many(after, 'entry')}`
      return times === 1 ? `next ${what} fails${when}` : `next ${many(times, what)} fail${when}`
    },
    docs: [
      ["`fail('read', { after: 1 })`", "the next read fails, here after its first entry; `'tail'` too"],
      [
        "`fail('append')`, `fail('append', { after: 1 })`",
        'the next append fails: before it was written, or after, so that only its reply is lost',
      ],
      ["`fail('append', { by: 'store' })`", 'the adapter is called, and the store refuses what it adds next'],
    ],
  },
}

/** The key that only a step of its kind has. */
export type StepKey = keyof typeof STEPS

export const isStepKey = (key: string): key is StepKey => Object.hasOwn(STEPS, key)

/** An append has a property with the name of another step. */
export const keysOf = (step: object): readonly StepKey[] => {
  const keys = Object.keys(step).filter(isStepKey)
  return keys.includes('append') ? keys.filter((key) => key !== 'notify') : keys
}

const recordOf = (step: Step) => STEPS[keysOf(step)[0]!]

export const isProducerStep = (step: Step): step is ProducerStep => recordOf(step).by === 'producer'

/** The steps behind a cut that change the log, in one transaction with it. */
export function changesWith({ with: most }: DisconnectStep, behind: readonly Step[]): readonly ProducerStep[] {
  const changes: ProducerStep[] = []
  for (const step of behind.slice(0, most)) {
    if (!isProducerStep(step) || 'notify' in step) break
    changes.push(step)
  }
  return changes
}

/** A step in a few words, as reports show it. */
export const describeStep = (step: Step, words: StepWords = { wait: 'wait' }): string => recordOf(step).words(step as never, words)

/** The consumer that it moves, or that its fault is for; undefined where that is nobody in particular. */
export function consumerOf(step: Step): number | undefined {
  const key = keysOf(step)[0]!
  const values: Readonly<Partial<Record<StepKey, unknown>>> = step
  const consumer = values[key]
  return STEPS[key].ofConsumer && typeof consumer === 'number' ? consumer : undefined
}

/** A step of one consumer, as one of another; whatever is nobody's in particular stays. */
export function ofAnother(step: Step, turned: (consumer: number) => number): Step {
  const consumer = consumerOf(step)
  return consumer === undefined ? step : { ...step, [keysOf(step)[0]!]: turned(consumer) }
}

/** Only the wire probe can do it, or a publisher that it is in front of. */
export const isForWire = (step: Step): boolean => recordOf(step).by === 'wire' || keysOf(step)[0] === 'notify'
