/**
 * A subject that is tested from outside: any program, in any language, that reaches its Redis through the wire probe.
 * It is either a command that tailrace starts, or a consumer in JavaScript with `start`.
 */
import type { Json } from '../contract/stream-repository.js'

/** What `start` of a subject on the wire is given. */
export interface WireContext {
  /** The probe, in the place of a Redis: `redis://127.0.0.1:port`. */
  readonly url: string
  /** The host of `url`: the loopback address. */
  readonly host: string
  /** The port of `url`. */
  readonly port: number
  /** What to read from in this run. */
  readonly topic: string
  /**
   * To be called for every entry that is handed out, with a text that contains the sentinel's token; one text may contain those of several.
   * An entry that is handed out in parts has been delivered with the last of them: call it then, with the whole.
   */
  readonly onDelivery: (text: string) => void
  /** To be called once where the consumer promises delivery from now on. With `announces: true`. */
  readonly onAnnouncement: () => void
}

/** What `publish` of a subject on the wire is given for one append. */
export interface PublishContext {
  /** The Redis itself, past the probe. */
  readonly url: string
  /** The Redis behind a probe, for a publisher that is under test, too: see `appendsThroughProbe`. */
  readonly probe: string
  /** The key to append to. */
  readonly topic: string
  /** What a delivery has to contain. */
  readonly token: string
  /** What to append, where any JSON will do: it holds the token. */
  readonly data: Json
}

/** What `notify` of a subject on the wire is given for one entry. */
export interface NotifyContext {
  /** The Redis itself, past the probe. */
  readonly url: string
  /** The key that the entry is in. */
  readonly topic: string
  /** The id of the entry to tell of. */
  readonly id: string
  /** The token that the entry holds. */
  readonly token: string
  /** What was appended, where it was any JSON. */
  readonly data: Json
}

/** A program, or a consumer in JavaScript, that is tested behind the wire probe: for `wire` of a configuration. */
export interface WireSubject {
  /** As reports show it, and `--subject` names it. */
  readonly name: string
  /** A key. A `*` in it becomes a name of each run's own; a program that reads another key that fits is followed there. */
  readonly topic: string
  /**
   * Starts the consumer. What it returns stops it. Where it throws or rejects, the run could not go on: the verdict is unknown, exit
   * code 2.
   */
  start(context: WireContext): Promise<WireProgram> | WireProgram
  /** Appends a sentinel: a template such as `XADD {topic} * data {json}`, or a function. Default: that template. */
  readonly publish?: string | ((context: PublishContext) => Promise<unknown>)
  /**
   * Where its publisher also tells a channel of each entry: `PUBLISH {topic}:live {json}`, in which `{id}` is the entry's, or a
   * function. It is called once for each append, by the harness, in an order that the schedule chooses: race R8.
   */
  readonly notify?: string | ((context: NotifyContext) => Promise<unknown>)
  /** Does `publish` go through `probe`? It is then tried what it does when an answer is lost: rule 1.3. */
  readonly appendsThroughProbe?: boolean
  /**
   * How many consumers the program holds, where it is more than one, or what they call their connections (CLIENT SETNAME): each
   * reads on a connection of its own. Without names they are told by the order in which they begin to read.
   */
  readonly consumers?: number | readonly string[]
  /** Does it tell its client that it is ready? It then calls `onAnnouncement` once, before or after it begins to read. */
  readonly announces?: boolean
  /**
   * Default `at-least-once`: what a program prints twice is not taken for a second delivery. `at-most-once` is for one that asks for
   * nothing twice, such as one that only listens, or reads its group with NOACK: what a failure caught on its way to it is not owed, and
   * the report says how much that was. docs/wire.md#at-most-once says what is owed all the same.
   */
  readonly delivery?: 'exactly-once' | 'at-least-once' | 'at-most-once'
  /** Where it starts to read. Default `tail`: what was there before is not for it. */
  readonly startsAt?: 'tail' | 'beginning'
  /** Does it go on after a read that failed, without anybody who restarts it? Bursts then have failing reads. Default false. */
  readonly retries?: boolean
  /**
   * How long it may take, in milliseconds, until a timer of its own (a poll, a claim of what is pending) gets back what it has missed. What
   * has not come by then is lost. Default: nobody knows, so what such a timer may still bring is unknown, and not lost. At most
   * 600,000, for each failing run waits for it: a test gives its program shorter timers.
   */
  readonly catchUpWithinMs?: number
}

/** What `catchUpWithinMs` may be at most. */
export const MAX_CATCH_UP_MS = 600_000

/** A consumer that `start` of a subject on the wire has started. */
export interface WireProgram {
  /** Ends it, and resolves when it has let go of its connections. */
  stop(): Promise<void> | void
  /** Resolves when it has ended by itself, with why, where it did not end well. */
  readonly ended?: Promise<string | undefined>
}

/** A subject on the wire with its types. Returns what it is given; nothing is checked at run time. */
export const defineWire = (subject: WireSubject): WireSubject => subject
