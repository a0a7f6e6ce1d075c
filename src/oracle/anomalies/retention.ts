/** §6: entries that were gone before they were delivered. */
import { type Check, anomaly } from '../anomaly.js'

/**
 * Owed, trimmed away before it was delivered, and the client was never told. Judged where it is declared: XREAD itself
 * says nothing of what was trimmed. One for each session is enough: what is signalled is the gap, not each entry in it.
 */
export const truncatedSkip: Check = ({ sessions, options, history, reads }) => {
  if (options.capabilities?.signalsTruncation !== true) return []
  const trimmed = (at: number) => {
    const event = history[at]
    return event?.type === 'removed' && event.how === 'trim'
  }
  /**
   * A topic that was deleted, before the trim or after it, says no more of what was trimmed: between the two the consumer
   * must have gone through a whole cycle of reads, or it could not notice.
   */
  const couldNotice = (removed: number, begin: number, consumer: number) =>
    [...history.entries()]
      .filter(([at, event]) => at > begin && event.type === 'removed' && event.how === 'drop')
      .every(([dropped]) => {
        const [from, to] = [Math.min(dropped, removed), Math.max(dropped, removed)]
        return reads.filter((read) => read.consumer === consumer && read.sent > from && read.sent < to).length >= 2
      })
  return sessions
    .filter(({ quiet }) => quiet)
    .flatMap(({ owed, signals, begin, consumer, session }) => {
      const told = (removed: number) => signals.some((at) => at > Math.max(removed, begin))
      const silent = owed.find(
        ({ delivered, removed }) => trimmed(removed) && !delivered && !told(removed) && couldNotice(removed, begin, consumer),
      )
      if (silent === undefined) return []
      const { value, id, window } = silent
      const evidence = `${value} at ${id} was owed and trimmed away before it was delivered, and the client was not told`
      return [anomaly('truncated-skip', evidence, { consumer, session, value, id, window })]
    })
}
