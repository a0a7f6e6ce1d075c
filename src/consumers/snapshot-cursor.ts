/**
 * The loop that is right: one concrete cursor, taken before the client is told that it is connected, and moved by
 * entries alone. Whatever is appended from then on lies above it, in whichever gap it falls.
 */
import type { ConsumeContext } from '../subject/subject.js'
import { BackOff } from './back-off.js'
import { follow, start } from './cursor.js'
import type { Frame } from './frame.js'

export async function* snapshotCursor(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  const backOff = new BackOff(context)
  const cursor = yield* start(context, backOff)
  if (cursor === undefined) return
  yield { type: 'connected', cursor: cursor.id }
  yield* follow(context, cursor, backOff)
}
