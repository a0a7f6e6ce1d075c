/** The dialect of Redis. */
import { STREAM_IDS } from '../../contract/stream-id.js'
import type { Dialect } from '../dialect.js'
import { effectsOf } from './effects.js'
import { redisWords } from './words.js'

export const redisDialect: Dialect = {
  name: 'redis',
  ids: STREAM_IDS,
  // XADD's answer to an id at or below the last one.
  chosenIds: { isRefusal: (reason) => reason.includes('ID specified in XADD') },
  words: redisWords,
  effectsOf,
}
