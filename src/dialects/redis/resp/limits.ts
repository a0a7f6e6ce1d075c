/**
 * Bounds on what one message may be, so that malformed or hostile bytes cannot make us wait for ever or fill the memory.
 * The defaults are those of Redis where it has one.
 */
export interface Limits {
  /** Longest line: an inline command, a simple string or an error. Redis takes inline commands up to 64 KB. */
  readonly line: number
  /** Longest bulk string (`proto-max-bulk-len`). */
  readonly bulk: number
  /** Most elements of one array, or arguments of one command. */
  readonly elements: number
  /** Deepest nesting of a reply. A flat array is 1 deep. */
  readonly depth: number
  /** Most bytes of one message (`client-query-buffer-limit`). */
  readonly message: number
}

const KIB = 1024
const MIB = KIB * KIB

export const REQUEST_LIMITS: Limits = { line: 64 * KIB, bulk: 512 * MIB, elements: MIB, depth: 1, message: 1024 * MIB }

/** A server may answer with more than a client may ask: `LRANGE` over millions, a long text from a script. */
export const REPLY_LIMITS: Limits = { line: 512 * MIB, bulk: 512 * MIB, elements: 2 ** 32 - 1, depth: 64, message: 1024 * MIB }
