/**
 * The part of an exploration that one of several machines takes.
 *
 * Placements have an order, that of a depth-first search: each is cut off behind a prefix, `[]`, `[2]`, `[2, 2]`, `[2, 3]` … Every part has a
 * row of them, and all rows are as long as can be told beforehand: what comes behind a prefix is taken to be what came behind its last
 * append alone. What really comes shows only when it is run, so the rows differ a little; that each placement is in exactly one of them does
 * not hang on that. A part runs nothing of the others' but what the rows are measured by, and the few prefixes that lead to its own.
 *
 * ```
 *   rank   0    1     2        …        W/3              2W/3             W
 *          [ ]  [0]  [0,0]  …           │                 │               │
 *          ├──────── part 1/3 ──────────┼── part 2/3 ─────┼── part 3/3 ───┤
 * ```
 */

/** A part, counted from 0, of so many. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** Before which moves an append can matter, ascending: of all, and behind one that stands before this move. */
export interface Seen {
  readonly first: readonly number[]
  readonly behind: ReadonlyMap<number, readonly number[]>
}

/** Where the prefixes of one line lie. */
export class Ranks {
  /** Of all prefixes. */
  readonly size: bigint
  readonly #behind = new Map<number, readonly number[]>()
  readonly #sizes = new Map<string, bigint>()

  /** @param appends how many are placed. */
  constructor(
    readonly seen: Seen,
    readonly appends: number,
  ) {
    this.size = 1n + this.#sum(seen.first, appends - 1)
  }

  /** How many prefixes come before this one, and how many begin with it: none of one that was not to be expected. */
  of(prefix: readonly number[]): { readonly rank: bigint; readonly size: bigint } {
    let rank = 0n
    let next = this.seen.first
    let left = this.appends
    for (const move of prefix) {
      left--
      rank += 1n + this.#sum(next.slice(0, countBelow(next, move)), left)
      if (!next.includes(move)) return { rank, size: 0n }
      next = this.#movesBehind(move)
    }
    return { rank, size: prefix.length === 0 ? this.size : this.#sizeBehind(prefix.at(-1)!, left) }
  }

  /** Behind a move of which nothing was seen: as behind the last one before it. */
  #movesBehind(move: number): readonly number[] {
    const known = this.#behind.get(move)
    if (known !== undefined) return known
    const { first, behind } = this.seen
    const like = behind.get(move) ?? behind.get([...behind.keys()].filter((each) => each < move).at(-1) ?? -1) ?? first
    const moves = like.filter((each) => each >= move)
    this.#behind.set(move, moves)
    return moves
  }

  #sum(moves: readonly number[], left: number): bigint {
    return moves.reduce((sum, move) => sum + this.#sizeBehind(move, left), 0n)
  }

  /** An append before this move, and up to so many more. */
  #sizeBehind(move: number, left: number): bigint {
    if (left < 0) return 0n
    const key = `${move} ${left}`
    const known = this.#sizes.get(key)
    if (known !== undefined) return known
    const size = 1n + (left === 0 ? 0n : this.#sum(this.#movesBehind(move), left - 1))
    this.#sizes.set(key, size)
    return size
  }
}

const countBelow = (moves: readonly number[], move: number): number => moves.filter((each) => each < move).length

/** The part of one machine, of several lines one after the other. */
export class Share {
  readonly #whole: bigint

  constructor(
    readonly lines: readonly Ranks[],
    readonly shard: Shard,
  ) {
    this.#whole = lines.reduce((sum, { size }) => sum + size, 0n)
  }

  /** Is this placement its own; or does it only lead there, or not even that? */
  of(line: number, prefix: readonly number[]): 'mine' | 'leads there' | 'not mine' {
    const { rank, size } = this.lines[line]!.of(prefix)
    const first = this.lines.slice(0, line).reduce((sum, before) => sum + before.size, 0n) + rank
    const { index } = this.shard
    if (this.#ownerOf(first) === index) return 'mine'
    // One that was not to be expected may lie directly behind the last that was.
    return this.#ownerOf(first) < index && this.#ownerOf(first + size) >= index ? 'leads there' : 'not mine'
  }

  #ownerOf(rank: bigint): number {
    return Math.min(Number((rank * BigInt(this.shard.of)) / this.#whole), this.shard.of - 1)
  }
}

/** n choose k. */
export function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
  return result
}
