/**
 * What only one kind of store knows, and reports need: its ids, its words, and what its commands do. A store has one, a result
 * names the one of its store, and all that is said of the result is said in it.
 */
import { type IdOrder, OPAQUE_IDS } from '../contract/stream-id.js'
import type { CommandEffect } from '../history/event.js'
import type { DialectName } from '../subject/subject.js'
import { NAMED_IDS } from './own/ids.js'
import { redisDialect } from './redis/dialect.js'
import { PLAIN_WORDS, type Words } from './words.js'

export interface Dialect {
  /** As a JSON report names it. */
  readonly name: string
  /** What its ids look like, and how they are ordered. */
  readonly ids: IdOrder
  /** Whoever appends may choose the id. Missing where the store gives ids of its own. */
  readonly chosenIds?: ChosenIds
  readonly words: Words
  /** What a command of this name does to the stream; undefined where nothing is known of it. */
  readonly effectsOf: (command: string) => readonly CommandEffect[] | undefined
}

export interface ChosenIds {
  /** Is this what the store says of an id that is too low? In its own words, without what is wrapped around them. */
  readonly isRefusal: (reason: string) => boolean
}

/** The model speaks Redis: it has its ids, its `$` and its BLOCK. */
const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  memory: { ...redisDialect, name: 'memory' },
  redis: redisDialect,
  own: { name: 'own', ids: NAMED_IDS, words: PLAIN_WORDS, effectsOf: () => undefined },
}

/**
 * By its name.
 * @param name of one that is not known here, as in a report of another version, all is said plainly. Undefined: of a report from
 * before there were several. Redis was spoken then.
 */
export function dialectOf(name: string = 'redis'): Dialect {
  if (Object.hasOwn(DIALECTS, name)) return DIALECTS[name as DialectName]
  return { name, ids: OPAQUE_IDS, words: PLAIN_WORDS, effectsOf: () => undefined }
}
