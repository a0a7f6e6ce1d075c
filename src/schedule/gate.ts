/** The named places where a consumer is held: between two of them nothing else runs. See docs/concepts.md. */
export const GATES = [
  'tail-called',
  'tail-returned',
  'announced',
  'read-called',
  'blocked',
  'read-returned',
  'delivered',
  'paused',
  'command-called',
  'command-returned',
  'notified',
  'closed',
] as const

/** A named place where a consumer is held. docs/concepts.md#gates says where each is. */
export type Gate = (typeof GATES)[number]

/** How a read came back. */
export const READ_OUTCOMES = ['empty', 'batch', 'error'] as const

/** How a read came back: `empty` (timed out, or nothing there), `batch` (at least one entry) or `error`. */
export type ReadOutcome = (typeof READ_OUTCOMES)[number]
