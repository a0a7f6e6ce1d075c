/**
 * What is done to the model and to a real Redis alike, as plain data: a failure is printed, shrunk and pasted into a test.
 *
 * Ids that the server assigns differ between the two, so a command names them by their number in order of appearance.
 */
import fc from 'fast-check'

/** An id, `$`, the id that appeared so many-th (modulo how many there are), or the one just below or above that. */
export type Ref = string | { readonly known: number; readonly step: -1 | 0 | 1 }

export type Change =
  | { readonly kind: 'add'; readonly text: string; readonly id?: Ref }
  | { readonly kind: 'trim'; readonly maxLen: number }
  | { readonly kind: 'delete'; readonly id: Ref }
  | { readonly kind: 'drop' }

export type Command =
  /** Through the repository. */
  | { readonly do: 'send'; readonly data: number }
  | { readonly do: 'cleanup' }
  | { readonly do: 'tail' }
  | { readonly do: 'read'; readonly after: Ref; readonly count: number }
  /** With BLOCK. What waits is ended by a later command, or when the sequence is over. */
  | { readonly do: 'block'; readonly after: Ref; readonly count: number }
  /** Past it. */
  | { readonly do: 'execute'; readonly changes: readonly Change[] }
  | { readonly do: 'scan' }
  /** To the read that waits, modulo how many do. */
  | { readonly do: 'expire'; readonly read: number }
  | { readonly do: 'cut'; readonly read: number; readonly changes: readonly Change[] }

const MAX = '18446744073709551615'
const idOf = (times: readonly string[], sequences: readonly string[]) =>
  fc.tuple(fc.constantFrom(...times), fc.constantFrom(...sequences)).map((parts) => parts.join('-'))

/** Far below any clock: where text and number disagree. */
const small = idOf(['8', '9', '10', '11'], ['0', '1', '9', '10', '11', MAX])
/** Ahead of any clock: past what a JS number and a signed integer hold, and at the very end. */
const far = idOf(
  ['4503599627370496', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551614', MAX],
  ['0', '9', '9007199254740993', '18446744073709551614', MAX],
)
const edge = fc.constantFrom('0-0', '0-1', `0-${MAX}`, `${MAX}-${MAX}`)
const known = fc.record({ known: fc.nat(30), step: fc.constantFrom(0 as const, -1 as const, 1 as const) })

const explicit = fc.oneof(
  { arbitrary: small, weight: 6 },
  { arbitrary: known, weight: 4 },
  { arbitrary: edge, weight: 1 },
  { arbitrary: far, weight: 1 },
)
const cursor = fc.oneof(
  { arbitrary: known, weight: 6 },
  { arbitrary: fc.constant('$'), weight: 3 },
  { arbitrary: fc.constant('0-0'), weight: 2 },
  { arbitrary: small, weight: 2 },
  { arbitrary: edge, weight: 1 },
  { arbitrary: far, weight: 1 },
)
const count = fc.integer({ min: 1, max: 4 })
const text = fc.constantFrom('1', '"b"', '{"c":', '')

const add = fc.record({ kind: fc.constant('add' as const), text })
const addAt = fc.record({ kind: fc.constant('add' as const), text, id: explicit })
const drop = fc.constant({ kind: 'drop' as const })
const removal = fc.oneof(
  fc.record({ kind: fc.constant('trim' as const), maxLen: fc.nat(3) }),
  fc.record({ kind: fc.constant('delete' as const), id: known }),
)

/**
 * What happens in one go takes away before it adds: whether a read that waits sees an entry come and go within one
 * transaction depends on the version (before 7.2 it ends empty). Only the last id is assigned: within a millisecond the
 * server counts on the sequence, where the model takes another millisecond.
 */
const changes = fc
  .tuple(fc.array(removal, { maxLength: 1 }), fc.array(fc.oneof(addAt, addAt, drop), { maxLength: 2 }), fc.array(add, { maxLength: 1 }))
  .map((parts): readonly Change[] => parts.flat())
const one = (change: fc.Arbitrary<Change>) => change.map((each): readonly Change[] => [each])
const execute = (weight: number, arbitrary: fc.Arbitrary<readonly Change[]>) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant('execute' as const), changes: arbitrary }),
})
const reading = <T extends 'read' | 'block'>(what: T) => fc.record({ do: fc.constant(what), after: cursor, count })

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), data: fc.nat(9) }) },
  execute(5, one(addAt)),
  execute(3, one(removal)),
  execute(1, one(drop)),
  execute(3, changes),
  { weight: 5, arbitrary: reading('read') },
  { weight: 5, arbitrary: reading('block') },
  { weight: 2, arbitrary: fc.constantFrom({ do: 'tail' as const }, { do: 'scan' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'cleanup' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), read: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), read: fc.nat(3), changes }) },
)

export const sequence = fc.array(command, { minLength: 1, maxLength: 30, size: 'max' })
