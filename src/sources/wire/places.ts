/**
 * Which of several consumers of one program a connection belongs to.
 *
 * Its name tells. Without one, connections are taken in the order in which they were made, where there are no more of them than
 * consumers, or else in which they began to read, which hangs on who was faster; one that comes anew takes the place of one that
 * has ended. Where several have ended, who was faster must decide nothing: taken for another, a correct consumer would seem to have lost what
 * it never asked for. Then the place is told by how far its consumer had come: a read that goes on from there is its own. A request that
 * fits none, or several that had come to different places, waits until the others have found theirs; where that does not help, the run
 * says nothing of any of them.
 */
import type { Asked, ClientConnection } from '../../dialects/wire-dialect.js'

/** What an unnamed one is known by: where it asked from last, and the last that it was given. */
interface Reached {
  asked?: string
  given?: string
}

type Request = { readonly connection: ClientConnection; readonly asks: Asked }

export class Places {
  /** Why nothing can be said of this run: two consumers may have been taken for each other. */
  confused: string | undefined
  readonly #count: number
  /** Of each consumer: its connection, or the name of that. */
  readonly #places: (ClientConnection | string | undefined)[]
  readonly #reached: Reached[]

  /** @param names of their connections, where they have some. */
  constructor(count: number, names: readonly string[] = []) {
    this.#count = count
    this.#places = [...names]
    this.#reached = Array.from({ length: count }, () => ({}))
  }

  /** Whose connection this is. Undefined: of nobody that is known. */
  of(connection: ClientConnection): number | undefined {
    const at = this.#places.indexOf(keyOf(connection))
    return at === -1 ? undefined : at
  }

  /** The consumer whose connection is called in this text. */
  namedIn(text: string): number | undefined {
    const at = this.#places.findIndex((place) => typeof place === 'string' && text.includes(place))
    return at === -1 ? undefined : at
  }

  /**
   * Gives the connection of a request that reads a place, if it has none and there is one.
   *
   * @param among the connections that there are, in the order in which they were made.
   * @param waiting other requests of which it could not be told. Undefined: nothing more comes that could tell.
   * @returns false where it cannot be told yet.
   */
  settle(request: Request, among: readonly ClientConnection[], waiting: readonly Request[] | undefined): boolean {
    const { connection, asks } = request
    const key = keyOf(connection)
    if (!this.#places.includes(key)) {
      const at = this.#placeFor(request, among, waiting)
      if (at === 'unclear') return false
      if (at !== undefined) this.#places[at] = key
    }
    const at = this.of(connection)
    if (at !== undefined && asks.kind === 'read') this.#reached[at] = { asked: asks.cursor }
    return true
  }

  /** The consumer of this connection has been given entries up to this one. */
  gave(connection: ClientConnection, id: string): void {
    const at = this.of(connection)
    if (at !== undefined) this.#reached[at]!.given = id
  }

  #placeFor(request: Request, among: readonly ClientConnection[], waiting: readonly Request[] | undefined): number | 'unclear' | undefined {
    const { connection, asks } = request
    const places = this.#places
    const free = [...Array(this.#count).keys()].filter((at) => isFree(places[at]))
    const hasEnded = free.some((at) => places[at] !== undefined)
    if (connection.name !== '' || free.length < 2 || !hasEnded || this.#areAlike(free)) return free[this.#rank(connection, among, free)]
    const fitting = free.filter((at) => this.#goesOn(at, asks))
    if (fitting.length > 0 && (this.#areAlike(fitting) || askAlike(request, waiting, free))) return fitting[0]
    if (waiting !== undefined) return 'unclear'
    this.confused =
      'two consumers of the program came back after their connections had ended, and which is which cannot be told: give their connections names (CLIENT SETNAME, --consumers a,b)'
    return fitting[0] ?? free[0]
  }

  /** Connections are made in the order of their consumers, where each has one. */
  #rank(connection: ClientConnection, among: readonly ClientConnection[], free: readonly number[]): number {
    const places = this.#places
    const placeless = among.filter((each) => !places.includes(each) && !places.includes(each.name))
    return connection.name === '' && placeless.length <= free.length ? Math.max(0, placeless.indexOf(connection)) : 0
  }

  /** One that has not read yet may begin anywhere, but not behind an entry that only another was given. */
  #goesOn(at: number, asks: Asked): boolean {
    const { asked, given } = this.#reached[at]!
    if (asks.kind !== 'read') return false
    if (asked === undefined) return !this.#reached.some((other) => other.given === asks.cursor)
    return asked === asks.cursor || given === asks.cursor
  }

  /** Taken for each other, they would make no difference. */
  #areAlike(all: readonly number[]): boolean {
    const [first, ...others] = all.map((at) => this.#reached[at]!)
    return others.every(({ asked, given }) => asked === first!.asked && given === first!.given)
  }
}

/** All that are free are asked for from one place: whoever is whose, they go on alike. */
const askAlike = ({ connection, asks }: Request, waiting: readonly Request[] | undefined, free: readonly number[]): boolean => {
  const others = waiting?.filter((other) => other.connection !== connection) ?? []
  const isAlike = (other: Request) => asks.kind === 'read' && other.asks.kind === 'read' && other.asks.cursor === asks.cursor
  return others.length + 1 === free.length && others.every(isAlike)
}

const keyOf = (connection: ClientConnection): ClientConnection | string => (connection.name === '' ? connection : connection.name)

const isFree = (place: ClientConnection | string | undefined): boolean => place === undefined || (typeof place === 'object' && !place.open)
