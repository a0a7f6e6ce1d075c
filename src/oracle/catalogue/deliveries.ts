/**
 * §4 to §6, the rules and the anomalies that speak of them: what each session delivered of what it was owed, how it ended, and what it
 * said of entries that were gone. Losses are judged at quiescence, and per session.
 */
import { type Analysis, type Committed, type Delivery, type Owed, type Read, type Session, waitedFor } from '../analysis.js'
import type { Window } from '../window.js'
import { Culprits } from '../culprit.js'
import { PENDING } from '../../history/event.js'
import type { RuleRecord } from '../rules.js'
import { type Check, type KindRecord, kind } from './kind.js'

export const deliveryRules: readonly RuleRecord[] = [
  // ── §4 Cursor loop: where a session starts, and what moves its cursor.

  {
    id: '4.1',
    level: 'required',
    intent: 'The snapshot of the tail is taken before readiness is announced.',
    violator: 'asks for the tail after "connected"',
    ifItFails: 'Take the cursor from getStreamTailId() first, then tell the client that it is connected, then read from that cursor.',
  },
  {
    id: '4.2',
    level: 'required',
    intent: 'An empty read leaves the cursor where it was.',
    violator: 'a cursor that means "whatever is last", or the tail asked for again',
    ifItFails: 'Look for a cursor that is resolved anew on each read, or a tail that is asked for inside the loop.',
  },
  {
    id: '4.3',
    level: 'required',
    intent: 'The cursor moves only to ids that were actually read.',
    violator: 'jumps to the tail after a batch',
    ifItFails: 'After a batch, read on from the id of its last entry, and not from the tail of now.',
  },
  {
    id: '4.4',
    level: 'required',
    intent: 'The cursor moves only after the entry was handed over.',
    violator: 'moves it for the whole batch, then is cancelled',
    ifItFails:
      'Hand over one entry, then move the cursor to it, then take the next. Look for a cursor that is moved while a batch is parsed.',
    hint: 'hand an entry over before the cursor moves past it, and before it is acknowledged: what breaks in between is then read again',
  },
  {
    id: '4.5',
    level: 'required',
    intent: 'An error leaves the cursor where it was.',
    violator: 'resets it to the tail, or to 0',
    also: ['replayed-history', 'duplicate-delivery', 'nonmonotonic-poll'],
    ifItFails:
      'Keep the cursor outside of what a reconnect builds anew. Look for a catch that resets it, and for a client that starts at the tail again by itself.',
  },
  {
    id: '4.6',
    level: 'required',
    intent: 'An entry that does not decode moves the cursor, and is reported.',
    violator: 'poison entries wedge it',
    also: ['stale-read', 'premature-end', 'lost'],
    ifItFails: 'Hand it out with `undecodable`, and go on behind it: it must neither end the batch nor hold the cursor.',
    hint: 'skip or report an entry that does not decode, and go on behind it: it must neither end the batch nor hold the cursor',
  },
  {
    id: '4.7',
    level: 'required',
    intent: 'Within a session nothing is delivered twice, and nothing out of order.',
    violator: 'never moves its cursor',
    ifItFails: 'Move the cursor to each entry that was handed over. Where repeats are meant, declare delivery: "at-least-once".',
  },
  {
    id: '4.8',
    level: 'required',
    intent: 'At every gate, a burst of 1, count and count + 1 entries is delivered whole.',
    violator: 'is right for one entry at a time',
    ifItFails: 'Look for a batch of which only a part is taken: the first entry, the last one, or the first stream of the reply.',
  },
  {
    id: '4.9',
    level: 'required',
    intent: 'Two consumers of one topic are independent of each other.',
    violator: 'they share a cursor',
    ifItFails: 'Look for a cursor in a module, a static field or the repository: it belongs to the session.',
  },
  {
    id: '4.10',
    level: 'required',
    intent: 'An entry that is not owed to a consumer moves its cursor, and is not handed out.',
    violator: 'takes a page without a match for an empty one, or hands out what is for others',
    also: ['lost', 'livelock', 'premature-end'],
    ifItFails:
      'Move the cursor over every entry that was read, also over those that the filter leaves out. Count as empty only a read that gave nothing. Look for ways in (the backlog, a reconnect) that pass the filter by.',
    hint: 'move the cursor over what the filter leaves out, and count as empty only a read that gave nothing',
  },

  // ── §5 Life cycle: how sessions end, are cut off, and resume.

  {
    id: '5.1',
    level: 'required',
    intent: 'A session ends only after a terminal signal, and only when the tail observed after that signal has been handed over.',
    violator: 'ends on a status, or because the topic is gone for a moment',
    ifItFails: 'Ask for the tail after the terminal signal, and go on reading until it has been handed over.',
  },
  {
    id: '5.2',
    level: 'required',
    intent: 'A full batch is not the end of the backlog: it is paged through until a read comes back empty.',
    violator: 'a replay that stops at count',
    also: ['premature-end', 'lost'],
    ifItFails:
      'Look for a backlog that is read once, and for a loop that takes "fewer than I asked for" or "as many as I asked for" as its end.',
  },
  {
    id: '5.3',
    level: 'required',
    intent: 'An abort during a read that waits settles, and a resume loses nothing.',
    violator: 'hangs, or swallows the batch that was in flight',
    ifItFails: 'End the wait when the signal aborts, and count nothing as delivered that the client has not taken.',
  },
  {
    id: '5.4',
    level: 'required',
    intent: 'After close nothing is read and nothing delivered, and closing twice is harmless.',
    violator: 'a poll that outlives its session',
    ifItFails: 'Stop the loop when the session is closed, and wait for the read that is under way. Look for timers and background polls.',
  },
  {
    id: '5.5',
    level: 'capability',
    needs: 'resumes',
    intent: 'A session resumed from a stored id equals one that was never interrupted.',
    violator: 'asks for the tail on reconnect',
    also: ['replayed-history'],
    ifItFails:
      'Read on from the id that the client brings (Last-Event-ID); ask for the tail only where it brings none. Look at the ids on all frames: the last one counts, on a keep-alive as on an entry. The announcement has to have one, or a client that leaves before its first entry has none to bring.',
  },
  {
    id: '5.6',
    level: 'required',
    intent: 'In a session that begins after its topic was made anew, no id from before holds anything back.',
    violator: 'waits above the id that its client came back with, or takes lower ids for old ones',
    ifItFails:
      'Compare the id that the client brings with the tail: one that lies above it is from before, so start over. Look for a high-water mark (a reorder buffer, a filter for repeats) that outlives the topic.',
    hint: 'an id above the tail is from before the topic was made anew: start over, and let go of every high-water mark',
  },

  // ── §6 Retention: entries that are gone before they were read.

  {
    id: '6.1',
    level: 'capability',
    needs: 'signalsTruncation',
    intent: 'A cursor that is older than the first entry left is signalled.',
    violator: 'skips in silence',
    ifItFails: 'Compare the cursor with the first entry that is left, and tell the client when entries between them are gone.',
  },
  {
    id: '6.2',
    level: 'capability',
    needs: 'signalsRecreation',
    intent: 'A topic that was deleted and made anew with lower ids is signalled.',
    violator: 'waits for ever above the old ids',
    ifItFails:
      'Compare the cursor with the last id of the topic: a cursor above it belongs to a topic that is gone. Tell the client, and start over.',
  },
  {
    id: '6.3',
    level: 'required',
    intent: 'A consumer removes a topic, or entries of it, only when everybody who is owed them has them.',
    violator: 'removes the topic when it is done itself',
    also: ['premature-end'],
    ifItFails:
      'Look for a clean-up that runs when one session ends, or when a status says done: others may be behind, and so may this one. Let the last one to drain it remove it, or leave it to an expiry.',
    hint: 'remove a topic only when everybody has drained it: count the sessions, or leave it to an expiry',
  },
]

// ── Losses ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const RULE_OF_LOSS: Readonly<Record<Window, string>> = {
  'connect-gap': '4.1',
  'empty-gap': '4.2',
  'batch-gap': '4.3',
  'in-block': '3.7',
  'error-gap': '4.5',
}

/** What a loss in this window mostly comes from. */
const HINT_OF_LOSS: Readonly<Record<Window, string>> = {
  'connect-gap': 'take the cursor, as the id of the tail, before telling the client that it is connected, and read from it',
  'empty-gap':
    'take the cursor once, as the id of the tail, and move it only to ids that were delivered: an empty read leaves it where it is',
  'batch-gap': 'after a batch, read on from the id of the last entry delivered, and not from the tail of now',
  'in-block':
    'an append must wake the read that waits, or be in the next: look for a listener that is put up too late, or an answer that is dropped when the time is up',
  'error-gap':
    'keep the cursor over an error and a reconnect: look for a catch that resets it, or a client that starts at the tail again; in a group, read what is pending first',
}

const loss = <const Code extends string>(record: Pick<KindRecord<Code>, 'code' | 'seen' | 'check'>): KindRecord<Code> =>
  kind({
    ...record,
    rule: RULE_OF_LOSS['batch-gap'],
    ruleIn: RULE_OF_LOSS,
    hint: HINT_OF_LOSS['batch-gap'],
    hintIn: HINT_OF_LOSS,
    lost: true,
    needs: 'sessions',
  })

/** The losses of the sessions that came to rest, told apart by where the entry lies. What may still come is none. */
const lost =
  (where: string, lies: (entry: Owed, session: Session) => boolean): Check =>
  (analysis) => {
    let culprits: Culprits | undefined
    return analysis.sessions
      .filter(({ quiet }) => quiet)
      .flatMap((session) =>
        session.undelivered
          .filter((entry) => lies(entry, session) && waitedFor(entry, session, analysis) === undefined)
          .map((entry) => {
            const { value, id, window } = entry
            const late = session.delivered.some((each) => each.value === value)
            return {
              evidence: `${value} at ${id} was owed and ${late ? 'delivered only when the next message woke the consumer' : 'never delivered'}: it lies ${where}${andRemoved(entry)}${whyUnclaimed(value, analysis)}`,
              consumer: session.consumer,
              session: session.session,
              value,
              id,
              window,
              culprit: (culprits ??= new Culprits(analysis)).of(session, entry),
            }
          }),
      )
  }

const andRemoved = ({ removedBy }: Owed): string =>
  removedBy === undefined ? '' : `, and consumer ${removedBy} had removed it from the log`

/** Of an entry that its group still holds for a member: what was tried before it was called lost. */
function whyUnclaimed(value: string, { unclaimed }: Analysis): string {
  const pending = unclaimed.get(value)
  if (pending === undefined) return ''
  return pending.claims === 'missed'
    ? '; it is pending in its group, and claims that came when it was old enough did not take it'
    : `; it is pending in its group, and nobody looked for it within ${(pending.withinMs ?? 0) / 1000} s`
}

const entrySkip = loss({
  code: 'entry-skip',
  seen: 'an owed entry was never delivered; it lies below the first delivered one',
  check: lost(
    'below the first delivered entry',
    ({ rank }, { firstDelivered }) => firstDelivered !== undefined && rank < firstDelivered.rank,
  ),
})

const pollSkip = loss({
  code: 'poll-skip',
  seen: 'an owed entry was never delivered; it lies between two delivered ones',
  check: lost(
    'between two delivered entries',
    ({ rank }, { firstDelivered, lastDelivered }) =>
      firstDelivered !== undefined && lastDelivered !== undefined && rank > firstDelivered.rank && rank < lastDelivered.rank,
  ),
})

const unseen = loss({
  code: 'unseen',
  seen: 'an owed entry was never delivered; it lies beyond the last delivered one',
  /**
   * No later delivery makes it good. Per session: "some reader saw it" (Jepsen's kafka workload) cannot see a gap at attach.
   */
  check: lost('beyond the last delivered entry', ({ rank }, { lastDelivered }) => lastDelivered === undefined || rank > lastDelivered.rank),
})

const truncatedSkip = kind({
  code: 'truncated-skip',
  seen: 'entries that were owed were trimmed away, and the client was not told; only where the subject declares that it tells',
  rule: '6.1',
  hint: 'compare the cursor with the first entry that is left: where entries between them were trimmed, tell the client',
  needs: 'removals',
  /**
   * Owed, trimmed away before it was delivered, and the client was never told. Judged where it is declared: a read itself
   * says nothing of what was trimmed. One for each session is enough: what is signalled is the gap, not each entry in it.
   */
  check: ({ sessions, options, history, reads }) => {
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
        return [{ evidence, consumer, session, value, id, window }]
      })
  },
})

// ── How sessions end, or do not ──────────────────────────────────────────────────────────────────────────────────────────

const prematureEnd = kind({
  code: 'premature-end',
  seen: 'the session ended by itself while something was owed',
  rule: '5.1',
  hint: 'end only at the tail that was asked for after the terminal signal, and page until a read comes back empty',
  needs: 'sessions',
  /** The session ended by itself while something was owed. */
  check: ({ sessions }) =>
    sessions
      .filter(({ closed, gaveUp }) => closed !== undefined && closed.how !== 'aborted' && !gaveUp)
      .flatMap(({ undelivered, closed, consumer, session }) =>
        undelivered.map((entry) => {
          const { value, id, window, removedBy } = entry
          const error = closed!.error === undefined ? '' : ` (${closed!.error})`
          const evidence = `the session ended${error} while ${value} at ${id} was owed${andRemoved(entry)}`
          return { evidence, consumer, session, value, id, window, ...(removedBy === undefined ? {} : { rule: '6.3' }) }
        }),
      ),
})

const livelock = kind({
  code: 'livelock',
  seen: 'the consumer goes round, its cursor does not move, and something is owed',
  rule: '4.6',
  hint: 'move the cursor past all that was read, also past what a filter leaves out or what cannot be decoded: the loop reads the same entries again and again',
  needs: 'sessions',
  /** It goes round without its cursor moving while something is owed. */
  check: ({ sessions, reads, history, poisoned }) =>
    sessions.flatMap(({ restless, undelivered, consumer, session }) => {
      // It was given up before the fence was added: that one was never on its way.
      const entry = undelivered.find(({ called }) => restless !== undefined && called < restless.at)
      if (restless === undefined || entry === undefined) return []
      const mine = reads.filter((read) => read.consumer === consumer)
      const last = mine.at(-1)
      const { value, id } = entry
      const found = { consumer, session, value, id }
      // What does not decode may be what each of them fails at.
      const error = poisoned.size === 0 ? errorOfAll(mine, entry, history) : undefined
      if (error === undefined) {
        const evidence = `after ${restless.gates} gates it still asks for ids above ${last?.cursor ?? 'its start'}, while ${value} at ${id} is owed`
        return [{ evidence, ...found }]
      }
      const evidence = `after ${restless.gates} gates every read still fails (${error}), while ${value} at ${id} is owed`
      return [{ evidence, ...found, culprit: { name: 'asked-in-vain', at: last!.called, read: last!.read } }]
    }),
})

/** What the last of these reads failed with, where every one that was asked since the entry was added has failed. */
function errorOfAll(reads: readonly Read[], { called }: Owed, history: Analysis['history']): string | undefined {
  const since = reads.filter((read) => read.called > called && read.returned !== Number.POSITIVE_INFINITY)
  if (since.length === 0 || since.some(({ outcome }) => outcome !== 'error')) return undefined
  const { consumer, returned } = since.at(-1)!
  const event = history[returned]
  return event?.type === 'read-returned' && event.consumer === consumer ? event.error : undefined
}

const stalled = kind({
  code: 'stalled',
  seen: 'a step never returned',
  rule: '5.3',
  hint: 'look for a call that is never answered: one connection for reads and writes, or an abort that nobody listens to',
  needs: 'stalls',
  /** A step never returned. */
  check: ({ stalls }) =>
    stalls.map(({ what, consumer }) => ({
      evidence: what,
      ...(consumer === undefined ? {} : { consumer }),
      ...(what.includes('held up') ? { rule: '1.8' } : {}),
    })),
})

const readAfterClose = kind({
  code: 'read-after-close',
  seen: 'a read was issued, or an entry handed out, after the session had closed',
  rule: '5.4',
  hint: 'stop the loop when the session is closed, and wait for the read that is under way',
  needs: 'sessions',
  /** A delivery, or a read issued, after close had settled. As long as another consumer is there the read may be for that one. */
  check: ({ sessions, history }) =>
    sessions.flatMap(({ closed, begin, end, consumer, session }) => {
      if (closed === undefined) return []
      // Whoever leaves in a frame has not raised its signal, and a reader beside may go by that alone.
      const left = history.some(
        (event, at) => event.type === 'aborted' && event.by === 'return' && event.consumer === consumer && at > begin && at < end,
      )
      const isOpen = (at: number) =>
        sessions.some((other) => other.consumer !== consumer && other.begin < at && (other.closed?.at ?? other.end) > at)
      const zombie = history.find(
        (event, at) =>
          at > closed.at &&
          at < end &&
          (event.type === 'delivered' || (event.type === 'read-sent' && !left && !isOpen(at))) &&
          event.consumer === consumer,
      )
      if (zombie === undefined) return []
      const did = zombie.type === 'delivered' ? 'handed out an entry' : 'issued a read'
      return [{ evidence: `the session was closed, and then it ${did}`, consumer, session }]
    }),
})

/** Found by the harness when it closes the subject: no history shows it. */
const leak = kind({
  code: 'leak',
  seen: 'something was left open after `close`',
  rule: '3.12',
  hint: 'close in a finally block what a read holds: an iteration that is left early calls return(), nothing else',
})

// ── In which order, and how often ────────────────────────────────────────────────────────────────────────────────────────

/** Was it given to this consumer, before this place, out of what is pending in its group? */
const wasClaimed = (value: string | undefined, { history, reads }: Pick<Analysis, 'history' | 'reads'>, consumer: number, at: number) =>
  value !== undefined &&
  (reads.some((read) => read.consumer === consumer && read.cursor === PENDING && read.entries.some((entry) => entry.value === value)) ||
    history
      .slice(0, at)
      .some((event) => event.type === 'command-returned' && event.consumer === consumer && event.gave?.includes(value) === true))

const nonmonotonicPoll = kind({
  code: 'nonmonotonic-poll',
  seen: 'an entry was delivered after a higher one',
  rule: '4.7',
  hint: 'hand entries out in the order of their ids, and never move the cursor back',
  needs: 'sessions',
  /**
   * A delivery below one that came before it, and new to the session; unless the client was told in between that the topic is another.
   * Where a channel told the consumer of the higher one first, that is the order of the messages, and none of its own.
   * Nor is it one where the lower was claimed: what is given to a member of a group for the second time comes behind what was given since.
   */
  check: ({ sessions, history, reads }) =>
    sessions.flatMap(({ delivered, signals, told, consumer, session }) => {
      const seen = new Set<string>()
      let highest = -1
      return delivered.flatMap(({ id, rank, value, at }, i) => {
        const fresh = id !== undefined && !seen.has(id)
        if (id !== undefined) seen.add(id)
        const isNext = rank > highest
        if (isNext) highest = rank
        const above =
          fresh && rank <= highest && !isNext
            ? delivered.slice(0, i).find((other) => other.rank > rank && !signals.some((signal) => other.at < signal && signal < at))
            : undefined
        if (above === undefined || toldFirst(told, above, value) || wasClaimed(value, { history, reads }, consumer, at)) return []
        return [
          {
            evidence: `${id} was delivered after ${above.id}`,
            consumer,
            session,
            id: id!,
            ...(value === undefined ? {} : { value }),
          },
        ]
      })
    }),
})

/** Did a message tell of the higher one before the consumer had heard of the other? */
const toldFirst = (told: Session['told'], { value: higher, at }: Delivery, lower: string | undefined): boolean =>
  told.some((message) => message.value === higher && message.at < at) && !told.some((message) => message.value === lower && message.at < at)

const duplicateDelivery = kind({
  code: 'duplicate-delivery',
  seen: 'an entry was delivered twice within one session',
  rule: '4.7',
  hint: 'move the cursor to each entry that was handed out; where repeats are meant, declare delivery: "at-least-once"',
  needs: 'sessions',
  /** Delivered again within one session. */
  check: ({ sessions, witness, options }) => {
    if (options.delivery === 'at-least-once') return []
    // What the log itself has twice (duplicate-append) is rightly delivered twice.
    const copies = (value: string) => Math.max(1, witness.filter((entry) => entry.value === value).length)
    return sessions.flatMap(({ delivered, consumer, session }) => {
      const times = new Map<string, number>()
      const again = delivered.filter(({ value }) => {
        if (value === undefined) return false
        const before = times.get(value) ?? 0
        times.set(value, before + 1)
        return before > 0 && before >= copies(value)
      })
      return again.map(({ value, id }) => ({
        evidence: `${value} was delivered twice within one session`,
        consumer,
        session,
        value: value!,
        ...(id === undefined ? {} : { id }),
      }))
    })
  },
})

const replayedHistory = kind({
  code: 'replayed-history',
  seen: 'a session that began at the tail delivered what had been there before',
  rule: '4.1',
  hint: 'a session that starts at the tail must not start at the beginning; where that is meant, declare startsAt: "beginning" (--from beginning)',
  needs: 'sessions',
  /**
   * A session delivers what it was not started for: one at the tail what was there before it asked, one whose client comes back what that
   * has already. Had means that its server knew: a later id covers it, whether that is what came back or not.
   */
  check: (analysis) =>
    analysis.sessions.flatMap((session) => {
      const before = new Map(
        analysis.committed.filter(({ returned }) => returned < (session.tailAsked ?? 0)).map((entry) => [entry.value, entry]),
      )
      return session.delivered.flatMap((delivery) => {
        const evidence = hadAlready(delivery, session, analysis)
        const { consumer, session: number, start } = session
        const { id, value } = delivery
        const about = { consumer, session: number, ...(value === undefined ? {} : { value }) }
        if (evidence !== undefined) return [{ evidence, ...about, id: id!, rule: '5.5' }]
        const entry = before.get(value ?? '')
        if (start !== 'tail' || entry === undefined || session.had.has(entry.value) || wasRemovedBefore(entry, session, analysis)) return []
        return [
          {
            evidence: `${entry.value} was delivered to a session that started at the tail, and it had been there before`,
            ...about,
            id: id ?? entry.id,
          },
        ]
      })
    }),
})

/**
 * Where nothing is left the tail may be the beginning, and what another reader still has in hand then lies behind it. What it has read itself
 * since, it has from something that is kept in the store's place.
 */
const wasRemovedBefore = ({ id, value }: Committed, { consumer, tailAsked = 0 }: Session, { removals, reads }: Analysis): boolean => {
  const removal = removals.find(({ at, ids }) => at < tailAsked && ids.includes(id))
  if (removal === undefined) return false
  const readSince = reads.some(
    (read) => read.consumer === consumer && read.called > removal.at && read.entries.some((entry) => entry.value === value),
  )
  return !readSince
}

/** Why its client has it already, in words; undefined where it is new to it, or nobody can blame the session. */
function hadAlready(delivery: Delivery, session: Session, analysis: Analysis): string | undefined {
  if (mayComeAgain(delivery, session, analysis)) return undefined
  const { id, rank, value } = delivery
  const { from, fromRank, forgot, forgotRank, had } = session
  if (rank <= fromRank) return `${id} was delivered to a session that resumed after ${from}`
  if (!(rank <= forgotRank) || !had.has(value ?? '')) return undefined
  return `${id} was delivered again to a client that came back with ${from ?? 'no id'}: it had had ${forgot}, and a later frame took that back`
}

function mayComeAgain({ id, value, at }: Delivery, session: Session, { options, removals }: Analysis): boolean {
  const { from, forgot, known, signals, owed, knownAt } = session
  // One that does not mind repeats, or was told to start over, may get it again.
  if (options.delivery === 'at-least-once' || signals.some((signal) => signal < at)) return true
  if (id === undefined || owed.some((each) => each.value === value)) return true
  // What its id stands for is gone: of a topic made anew, or so it looks, a session may start over.
  const named = [from, forgot, known]
  return removals.some(
    ({ at: gone, how, ids }) => gone > knownAt && gone < at && (how === 'drop' || ids.some((each) => named.includes(each))),
  )
}

/**
 * An entry that came again to a client that brought a text which is no id, in words: such a text may stand for a place that was saved some
 * entries before, and then the client has asked for it. Undefined where there is none.
 */
export function repeatedToText(analysis: Analysis): string | undefined {
  for (const session of analysis.sessions) {
    const { known, knownRank, had } = session
    const again = session.delivered.find(
      (each) => each.rank <= knownRank && had.has(each.value ?? '') && !mayComeAgain(each, session, analysis),
    )
    if (again !== undefined)
      return `${again.id} was delivered again to a client that came back with a text which it was given behind ${known}: nothing says whether that text asked for it (where repeats are meant, declare delivery: 'at-least-once')`
  }
  return undefined
}

const foreignDelivery = kind({
  code: 'foreign-delivery',
  seen: 'an entry was handed to a consumer that it is withheld from, by what the subject says that it owes',
  rule: '4.10',
  hint: 'filter on every way that leads to the client: the backlog, a resume and what is live',
  needs: 'sessions',
  /** Delivered to one that the subject says it must not be handed to. */
  check: ({ sessions, appendOf }) =>
    sessions.flatMap(({ delivered, consumer, session }) =>
      delivered.flatMap(({ value, id }) => {
        if (value === undefined || appendOf.get(value)?.withheldFrom?.includes(consumer) !== true) return []
        const evidence = `${value} was handed to consumer ${consumer}, and it is not owed to it (owes)`
        return [{ evidence, consumer, session, value, ...(id === undefined ? {} : { id }) }]
      }),
    ),
})

/** In the order of reports: losses first, which is what a reader wants to know. */
export const deliveryKinds = [
  entrySkip,
  pollSkip,
  unseen,
  truncatedSkip,
  prematureEnd,
  livelock,
  stalled,
  nonmonotonicPoll,
  duplicateDelivery,
  replayedHistory,
  foreignDelivery,
  readAfterClose,
  leak,
] as const
