/** What the frames of one session carry, as appended entries: one in a frame, several in a frame, or one in several frames. */
import type { FrameEntry } from '../subject/subject.js'
import type { Identified, Values } from './values.js'

/** An entry of which parts have come. */
interface Begun {
  id: string | undefined
  readonly parts: unknown[]
}

export class Frames {
  /** The last one at the end. */
  readonly #begun: Begun[] = []

  constructor(readonly values: Pick<Values, 'carriedBy' | 'wholeIn' | 'isWhole'>) {}

  /** The entries that are whole with this frame. */
  carriedBy(entries: readonly FrameEntry[]): readonly Identified[] {
    const [first] = entries
    if (entries.length === 1) return this.#carriedBy(first!)
    return entries.flatMap((entry) => this.#carriedBy(entry))
  }

  #carriedBy(entry: FrameEntry): readonly Identified[] {
    if (entry.complete === false) {
      this.#add(entry)
      return []
    }
    return this.#completed(entry) ?? this.values.carriedBy(entry)
  }

  #add({ id, data }: FrameEntry): void {
    let begun = this.#begunOf(id)
    if (begun === undefined) this.#begun.push((begun = { id, parts: [] }))
    begun.id ??= id
    if (data !== undefined) begun.parts.push(data)
  }

  /** Undefined where it is an entry for itself. */
  #completed({ id, data }: FrameEntry): readonly Identified[] | undefined {
    const begun = this.#begunOf(id)
    if (begun === undefined) return undefined
    const isForItself = begun.id !== id && this.values.isWhole(data)
    // What went before it without a name was a preview of it.
    if (!isForItself || begun.id === undefined) this.#begun.splice(this.#begun.indexOf(begun), 1)
    if (isForItself) return undefined
    const parts = data === undefined ? begun.parts : [...begun.parts, data]
    const named = id ?? begun.id
    return this.values.wholeIn({ ...(named === undefined ? {} : { id: named }), ...(parts.length === 0 ? {} : { data: join(parts) }) })
  }

  /** The one that a frame with this id goes on with: of the same id, or the last begun where one of them has none. */
  #begunOf(id: string | undefined): Begun | undefined {
    return this.#begun.findLast((begun) => begun.id === id) ?? this.#begun.findLast((begun) => begun.id === undefined || id === undefined)
  }
}

/** Texts and lists end to end, the members of objects together. */
function join(parts: readonly unknown[]): unknown {
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  if (parts.every(Array.isArray)) return parts.flat()
  if (parts.every((part) => typeof part === 'object' && part !== null && !Array.isArray(part))) return Object.assign({}, ...parts) as object
  return parts.length === 1 ? parts[0] : parts
}
