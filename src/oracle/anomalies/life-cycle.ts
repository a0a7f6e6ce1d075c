/** §5: how sessions end, or do not. */
import type { EventOf } from '../../history/event.js'
import { type Check, anomaly } from '../anomaly.js'

/** The session ended by itself while something was owed. */
export const prematureEnd: Check = ({ sessions }) =>
  sessions
    .filter(({ closed }) => closed !== undefined && closed.how !== 'aborted' && !endedOnFault(closed))
    .flatMap(({ undelivered, closed, consumer, session }) =>
      undelivered.map(({ value, id, window }) =>
        anomaly(
          'premature-end',
          `the session ended${closed!.error === undefined ? '' : ` (${closed!.error})`} while ${value} at ${id} was owed`,
          { consumer, session, value, id, window },
        ),
      ),
    )

/** It threw the fault that the schedule injected: loud, and for its caller to handle. Neither a loss nor a pass. */
export const endedOnFault = (closed: EventOf<'closed'>): boolean =>
  closed.how === 'threw' && (closed.error ?? '').includes('injected by the schedule')

/** It goes round without its cursor moving while something is owed. */
export const livelock: Check = ({ sessions, reads }) =>
  sessions.flatMap(({ restless, undelivered, consumer, session }) => {
    // It was given up before the fence was added: that one was never on its way.
    const entry = undelivered.find(({ called }) => restless !== undefined && called < restless.at)
    if (restless === undefined || entry === undefined) return []
    const last = reads.findLast((read) => read.consumer === consumer)
    const { value, id } = entry
    return [
      anomaly(
        'livelock',
        `after ${restless.gates} gates it still asks for ids above ${last?.cursor ?? 'its start'}, while ${value} at ${id} is owed`,
        { consumer, session, value, id },
      ),
    ]
  })

/** A step never returned. */
export const stalled: Check = ({ stalls }) =>
  stalls.map(({ what, consumer }) =>
    anomaly('stalled', what, {
      ...(consumer === undefined ? {} : { consumer }),
      ...(what.includes('held up') ? { rule: '1.8' } : {}),
    }),
  )

/** A delivery, or a read issued, after close had settled. */
export const readAfterClose: Check = ({ sessions, history }) =>
  sessions.flatMap(({ closed, end, consumer, session }) => {
    if (closed === undefined) return []
    const zombie = history
      .slice(closed.at + 1, end)
      .find((event) => (event.type === 'read-sent' || event.type === 'delivered') && event.consumer === consumer)
    return zombie === undefined
      ? []
      : [
          anomaly(
            'read-after-close',
            `the session was closed, and then it ${zombie.type === 'delivered' ? 'handed out an entry' : 'issued a read'}`,
            { consumer, session },
          ),
        ]
  })
