/**
 * The rows of a timeline, before they look like anything: text, HTML and Mermaid are made from the same ones.
 *
 * Every text in them is already visible (see text.ts): no control character of a payload or an error is left in it.
 */
import type { Window } from '../oracle/windows.js'

/** As it is drawn, with the consumers on the left, the store in the middle and the producer on the right. */
export type Arrow = 'right' | 'left' | 'both' | 'cut'

/** A gap that a consumer has open. `away`: it has ended, and was not yet started again. */
export interface Gap {
  readonly consumer: number
  readonly name: Window | 'away'
}

export interface TimelineRow {
  /** A move is numbered; a pause is the consumer's own; a note spans the lanes: what was folded, what the harness did. */
  readonly kind: 'move' | 'pause' | 'note'
  readonly n?: number
  /** The schedule's step that it belongs to, from 1. Missing in the drain. */
  readonly step?: number
  /** Its place in the history. */
  readonly at: number
  /** The place of its last event, where it stands for several. */
  readonly until?: number
  readonly consumer?: number
  readonly consumerText?: string
  /** Between the consumer and the store. */
  readonly consumerArrow?: Arrow
  readonly storeText?: string
  /** Between the store and the producer. */
  readonly producerArrow?: Arrow
  readonly producerText?: string
  readonly note?: string
  /** The gaps that are open meanwhile, of those in which something was changed in the log. */
  readonly gaps: readonly Gap[]
  readonly tone?: 'good' | 'bad'
}

/** A row in the making. */
export type Draft = { -readonly [K in Exclude<keyof TimelineRow, 'n' | 'gaps'>]?: TimelineRow[K] } & {
  kind: TimelineRow['kind']
  at: number
  /** Set on the row with which a read begins. */
  read?: number
  /** Set on a question for the tail that failed, and may be asked again. */
  failedTail?: true
  /** What it appended or delivered, for rows that are put together. */
  group?: { readonly what: 'append' | 'poison' | 'deliver'; readonly names: readonly string[]; readonly ids: readonly string[] }
  fence?: 'appended' | 'delivered'
}
