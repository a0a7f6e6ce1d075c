/**
 * What a store calls its things, where timelines, explanations, steps, rules and hints speak of them: nothing else in a report names a
 * command, an option or a special cursor of one store.
 */
import { FOR_EVER } from '../history/event.js'
import type { DialectWords } from '../oracle/rules.js'
import type { StepWords } from '../schedule/step.js'

export interface Words extends DialectWords, StepWords {
  /** A command that appends, as a template of `--publish`: `XADD {topic} * data {json}`. */
  readonly append: string
  /** A read begins to wait in the store, for so many milliseconds: `waits, BLOCK 2000`. Undefined: nobody knows how long. */
  waits(timeoutMs: number | undefined): string
  /** A read waits until something comes, in brackets behind that: ` (BLOCK 0)`. */
  readonly forEver: string
  /** A cursor as it was asked for: an id as it is, anything else marked as what it is. */
  cursor(asked: string): string
  /** The cursor that stands for whatever is the last id when the read arrives. */
  readonly latest: string
  /** The cursor of a group's own place: what was not given out yet. */
  readonly undelivered: string
}

/** Of a store of which nothing more is known: in plain English, and rules and hints as they are. */
export const PLAIN_WORDS: Words = {
  append: 'append {topic} {json}',
  wait: 'wait',
  waits: (timeoutMs) =>
    timeoutMs === FOR_EVER ? 'waits without a time-out' : timeoutMs === undefined ? 'waits' : `waits, at most ${timeoutMs} ms`,
  forEver: '',
  cursor: (asked) => asked,
  latest: 'the latest',
  undelivered: 'a read of what is new',
  rules: {},
  hints: {},
}
