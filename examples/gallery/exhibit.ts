/**
 * An exhibit: one package in one configuration, the schedules that are tried on it, and what has to come of each. An
 * expectation is asserted, so a release that mends a loss shows as a difference just as one that brings a new one.
 */
import { type Step, type WireSubject, advanceTo, append, disconnect, reply } from './tailrace.js'

export interface Exhibit {
  /** As it is installed: its version is read from there. */
  readonly package: string
  /** What of it is tested, and how it is set up, in a few words. */
  readonly what: string
  readonly subject: WireSubject
  readonly trials: readonly Trial[]
  /** Ends what is kept over the runs. */
  close?(): Promise<void>
}

export interface Trial {
  /** Of the catalogue of races, where it is one of them. */
  readonly race?: 'R1' | 'R9' | 'R10'
  readonly name: string
  readonly steps: readonly Step[]
  readonly expected: 'lost' | 'clean'
}

/** A schedule without what is expected of it: the same is tried on several packages. */
type Interleaving = Omit<Trial, 'expected'>

const toEmpty = advanceTo('read-returned', { outcome: 'empty' })
/** The consumer has a cursor: an entry was appended while it waited, and it was delivered. */
const WARM: readonly Step[] = [advanceTo('blocked'), append(1), advanceTo('delivered')]

/** The wait ends empty, an entry is appended, and only then the next read is sent. */
export const emptyGap: Interleaving = { race: 'R1', name: 'empty gap', steps: [toEmpty, append(1)] }

/** The connection is cut while the read waits. It is re-sent, and an entry is appended before it reaches the server. */
export const cutWhileBlocked: Interleaving = {
  race: 'R9',
  name: 'cut while blocked',
  steps: [advanceTo('blocked'), disconnect(), advanceTo('read-called'), append(1)],
}

/** The entry wakes the read, but the reply never comes; the client gives up the read by its own watchdog, and asks again. */
export const replyWithheld: Interleaving = {
  race: 'R10',
  name: 'reply given up',
  steps: [advanceTo('blocked'), reply('withheld'), append(1), advanceTo('read-called')],
}

/** The reply that holds the entry is lost together with its connection. */
export const replyLost: Interleaving = {
  name: 'reply lost',
  steps: [advanceTo('read-called'), reply('lost'), append(1), advanceTo('read-called')],
}

/** An entry is appended while the one before it is being handled. */
export const afterBatch: Interleaving = {
  name: 'after a batch',
  steps: [advanceTo('read-called'), append(1), advanceTo('delivered'), append(1)],
}

/** The same, once the consumer has delivered an entry. */
export const warm = ({ name, steps, ...rest }: Interleaving): Interleaving => ({
  ...rest,
  name: `${name}, after an entry`,
  steps: [...WARM, ...steps],
})

export const loses = (each: Interleaving): Trial => ({ ...each, expected: 'lost' })
export const keeps = (each: Interleaving): Trial => ({ ...each, expected: 'clean' })
