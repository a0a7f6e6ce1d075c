/**
 * A subject that is tested from outside: any program, in any language, that reaches its Redis through the wire probe.
 * It is either a command that tailrace starts, or a consumer in JavaScript with `start`.
 */
import type { Json } from '../contract/stream-repository.js'

export interface WireContext {
  /** The probe, in the place of a Redis: `redis://127.0.0.1:port`. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** What to read from in this run. */
  readonly topic: string
  /** Tell it of every entry that is handed out, in a text that contains the sentinel's token. */
  readonly onDelivery: (text: string) => void
  /** Tell it where the consumer promises delivery from now on, if it does. */
  readonly onAnnouncement: () => void
}

export interface PublishContext {
  /** The Redis itself, past the probe. */
  readonly url: string
  /** The Redis behind a probe, for a publisher that is under test, too: see `appendsThroughProbe`. */
  readonly probe: string
  readonly topic: string
  /** What a delivery has to contain. */
  readonly token: string
  /** Holds the token: what to append, where any JSON will do. */
  readonly data: Json
}

export interface NotifyContext {
  /** The Redis itself, past the probe. */
  readonly url: string
  readonly topic: string
  /** Of the entry to tell of. */
  readonly id: string
  readonly token: string
  readonly data: Json
}

export interface WireSubject {
  readonly name: string
  /** A key. A `*` in it becomes a name of each run's own; a program that reads another key that fits is followed there. */
  readonly topic: string
  /** Starts the consumer, and resolves when it has begun to read. What it gives stops it. */
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
  /** Default `at-least-once`: what a program prints twice is not taken for a second delivery. */
  readonly delivery?: 'exactly-once' | 'at-least-once'
  /** Where it starts to read. Default `tail`: what was there before is not for it. */
  readonly startsAt?: 'tail' | 'beginning'
  /** Does it go on after a read that failed, without anybody who restarts it? Bursts then have failing reads. Default false. */
  readonly retries?: boolean
}

export interface WireProgram {
  /** Ends it, and resolves when it has let go of its connections. */
  stop(): Promise<void> | void
  /** Resolves when it has ended by itself, with why, where it did not end well. */
  readonly ended?: Promise<string | undefined>
}

/** Gives a subject on the wire its types. */
export const defineWire = (subject: WireSubject): WireSubject => subject
