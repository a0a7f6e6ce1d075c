/**
 * A lint rule looks at what a program says to Redis, and at what it is told, in the order in which it went over the wire.
 * What it finds is a habit that loses entries under some interleaving. It is a warning: nobody has lost anything yet.
 */
import type { ClosedBy } from '../proxy/interceptor.js'
import type { Outcome, StreamCommand } from './command.js'

export interface LintRule {
  /** `L1` */
  readonly id: string
  /** One sentence: what the program does. */
  readonly title: string
  /** How that loses an entry. */
  readonly why: string
  readonly fix: string
  /** The races of the catalogue that it is about, and the rule of the contract, where there is one. */
  readonly source: string
  /** Looks on for one session of a program, from its first connection to its last. */
  watch(warn: Warn): Watcher
}

export interface WireConnection {
  /** Its place among the connections of the program, from 1. */
  readonly id: number
  /** As the program has named it (CLIENT SETNAME, HELLO); empty without. */
  readonly name: string
}

/**
 * Evidence names commands, keys, groups and counts. Ids only where they are the program's own words: those that the server
 * gives differ from run to run, and the same habit would be counted as many. Never what an entry holds.
 */
export type Warn = (connection: WireConnection, evidence: string) => void

/** Pure: what it knows is what it was told. */
export interface Watcher {
  /** Goes to the server now. Commands of a transaction come one after the other, each with its outcome, when it is done. */
  request?(connection: WireConnection, command: StreamCommand): void
  /** The server's answer. The program may never see it. */
  reply?(connection: WireConnection, command: StreamCommand, outcome: Outcome): void
  /** What was not answered on it never will be. */
  closed?(connection: WireConnection, by: ClosedBy): void
  /** The program has ended. For what could have been made good until now. */
  end?(): void
}
