/** What a run says of itself when nothing moves any more. */
import type { Opened } from '../dialects/store.js'
import type { ConsumerSession } from './consumer-session.js'
import { Divergence, Stall } from './endings.js'
import { describeGate, listens } from './whereabouts.js'

export const WAITS_FOR_MESSAGE = 'waits for a message of a channel'

/** `session`: the one that was moving. `promised`: has it promised to deliver what comes? */
export function stallOf(
  session: ConsumerSession | undefined,
  sessions: readonly ConsumerSession[],
  opened: Opened,
  promised: (session: ConsumerSession) => boolean,
): Stall | Divergence {
  if (session === undefined) return new Stall("the producer's step never returned")
  if (session.at === undefined && opened.unseen !== undefined)
    return new Divergence(`consumer ${session.index} at its first gate`, opened.unseen())
  if (listens(session, opened)) {
    const owes = promised(session) ? '' : 'has promised nothing (a line that does can be named: --announce), and '
    return new Divergence(`consumer ${session.index} at another gate`, `it ${owes}${WAITS_FOR_MESSAGE}`)
  }
  const unheld = opened.unheld?.()
  if (unheld !== undefined) return new Divergence(`consumer ${session.index} at another gate`, unheld)
  const at = session.at === undefined ? 'its start' : describeGate(session.at)
  const name = session.index === 0 ? 'the consumer' : `consumer ${session.index}`
  if (session.waits.waitsOn) {
    return new Stall(
      `${name}'s read timed out empty, and waits again instead of ending: a readMessages that never ends has no read cycles to hold (such a port is for the wire probe)`,
      session.index,
    )
  }
  const other = sessions.find((each) => each !== session && each.blocked)
  if (session.waitsElsewhere && other !== undefined) {
    return new Divergence(
      `${name} at its next gate`,
      `its read waits in the process while that of consumer ${other.index} waits in the store: a read that they share cannot be told from one that hangs`,
    )
  }
  if (session.waitsElsewhere && session.blocked) {
    return new Divergence(
      `${name} at its next gate`,
      'one of its calls is still on its way while a read of its own waits in the store: it may wait for that one, and cannot be told from one that hangs',
    )
  }
  return new Stall(`${name} never came to another gate after ${at}`, session.index)
}
