/** How a run can end before its schedule does. */
import type { Mismatch } from '../sources/source.js'

/** How a run of a schedule ended, told apart by `kind`. Only a completed one can be valid. */
export type Ending =
  | { readonly kind: 'completed' }
  /** The schedule named a gate that did not come. `step` counts from 1. */
  | ({ readonly kind: 'diverged'; readonly step: number } & Mismatch)
  /** A step never returned. */
  | { readonly kind: 'stalled'; readonly what: string }
  /** The harness could not go on: the store died, or the subject could not be opened. */
  | { readonly kind: 'broken'; readonly message: string }

export class Divergence extends Error implements Mismatch {
  constructor(
    readonly expected: string,
    readonly came: string,
  ) {
    super(`expected ${expected}, but ${came}`)
  }
}

export class Stall extends Error {
  constructor(
    readonly what: string,
    readonly consumer?: number,
  ) {
    super(what)
  }
}
