/**
 * The bug, kept for demonstration: the cursor starts as `$` and is moved by entries alone, so that until the first one
 * every read asks for "what comes after now", and each has its own now. An entry appended while no read waits (before
 * the first, in the pause after an empty one, in a back-off) is behind the next and never comes.
 *
 * All else is as in `snapshotCursor`: the difference between the two is where the cursor comes from.
 */
import { LATEST } from '../contract/stream-id.js'
import type { ConsumeContext } from '../subject/subject.js'
import { BackOff } from './back-off.js'
import { follow } from './cursor.js'
import type { Frame } from './frame.js'

export async function* literalDollar(context: ConsumeContext): AsyncGenerator<Frame, void, undefined> {
  if (context.signal.aborted) return
  const cursor = { id: context.from ?? LATEST }
  yield { type: 'connected', cursor: cursor.id }
  yield* follow(context, cursor, new BackOff(context))
}
