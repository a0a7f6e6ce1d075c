/**
 * Rules: what an implementation is held to, as values. A rule says what must hold and where to look; the scenarios that try
 * it first are found by their `rule`, and the anomalies that speak of it by theirs (see catalogue/). Numbering and wording:
 * docs/rules.md, generated from these values. §7, the kit's own honesty, is kept by its tests.
 */
import type { Window } from './analysis.js'
import { type Anomaly, type AnomalyCode, LOST, catalogue } from './anomaly.js'

/** What a subject may declare in its `capabilities` and is then held to. Rules of level `capability` are judged only where theirs is. */
export type Capability = 'signalsTruncation' | 'signalsRecreation' | 'resumes' | 'tailSurvivesTrim'

/** An anomaly that speaks of a rule; with windows, only where the entry fell into one of them. */
export interface Sign {
  readonly code: AnomalyCode
  readonly windows?: readonly Window[]
}

export interface Rule {
  /** `4.2` */
  readonly id: string
  /** `required` of everybody; `capability` where it is declared. */
  readonly level: 'required' | 'capability'
  /** One sentence: what must hold. */
  readonly intent: string
  /** What a violator looks like, in a few words. */
  readonly violator: string
  readonly needs?: Capability
  /** The anomalies that a violation shows itself as: those that speak of this rule first. */
  readonly signs: readonly Sign[]
  /** Where to look when it fails. */
  readonly ifItFails: string
  /** The same in a clause, where it says more than the hint of the anomaly. */
  readonly hint?: string
  /** Of what was found in a run, that which speaks of this rule; nothing where it held. */
  check(found: readonly Anomaly[]): readonly Anomaly[]
}

/** What a dialect says more plainly than rules and anomalies do, in the words of its store. */
export interface DialectWords {
  /** By the number of the rule. */
  readonly rules: Readonly<Record<string, Partial<Pick<Rule, 'intent' | 'violator' | 'ifItFails' | 'hint'>>>>
  /** By the code of the anomaly; those of losses by their window. */
  readonly hints: Readonly<Partial<Record<AnomalyCode | Window, string>>>
}

/** @param also what a violation may show itself as, beside the anomalies whose own rule it is. */
export const rule = ({ also = [], ...values }: Omit<Rule, 'check' | 'signs'> & { readonly also?: readonly Sign[] }): Rule => {
  const signs = [...ownSigns(values.id), ...also]
  return { ...values, signs, check: (found) => found.filter((each) => signs.some((sign) => shows(each, sign))) }
}

/** The anomalies that name this rule; losses do so by their windows. */
const ownSigns = (id: string): readonly Sign[] =>
  catalogue.flatMap(({ code, rule: own, ruleIn }): Sign[] => {
    if (ruleIn === undefined) return own === id ? [{ code }] : []
    const windows = (Object.keys(ruleIn) as Window[]).filter((window) => ruleIn[window] === id)
    return windows.length === 0 ? [] : [{ code, windows }]
  })

/** An owed entry that never came, wherever it lies; with windows, only of those appended in one of them. */
const lostIn = (...windows: readonly Window[]): readonly Sign[] =>
  [...LOST].map((code) => (windows.length === 0 ? { code } : { code, windows }))

const shows = ({ code, window }: Anomaly, sign: Sign): boolean =>
  sign.code === code && (sign.windows === undefined || (window !== undefined && sign.windows.includes(window)))

/** Where docs/rules.md speaks of a rule: `rule-4-2`. */
export const anchorOf = (id: string): string => `rule-${id.replace('.', '-')}`

/** Where to read of a rule, in the repository and in the package alike: `docs/rules.md#rule-4-2`. */
export const linkTo = (id: string): string => `docs/rules.md#${anchorOf(id)}`

/** Entries that were due and are not among those returned: at the start, in the middle, at the end. */
const left: readonly Sign[] = [{ code: 'stale-read' }, { code: 'int-poll-skip' }, { code: 'short-read' }]

/** Every rule, in the order of their numbers. */
export const rules: readonly Rule[] = [
  // ── §1 Append: what an acknowledgement, a rejection and an unknown outcome promise.

  rule({
    id: '1.1',
    level: 'required',
    intent: 'An acknowledged append is in the log.',
    violator: 'acknowledges, and never writes',
    ifItFails: 'Look for a sendData that does not await its write, or that answers from a queue of its own.',
  }),
  rule({
    id: '1.2',
    level: 'required',
    intent: 'A rejected append never appears.',
    violator: 'writes, then throws',
    ifItFails: 'Look for something that can fail behind the write (a publish, an expiry, a metric) and takes the whole append for failed.',
  }),
  rule({
    id: '1.3',
    level: 'required',
    intent: 'One append is one entry.',
    violator: 'a retry writes twice',
    ifItFails:
      'Look for a retry below the caller: a client that re-sends after a reconnect, or a loop around the write. Turn it off, or make the append idempotent.',
  }),
  rule({
    id: '1.4',
    level: 'required',
    intent: 'Ids are unique, are those of the log, and strictly increase in real time.',
    violator: 'an id that is used again, goes back, or was made up',
    ifItFails: 'Return the id that the server assigned. Look for ids made from a clock or a counter of the client.',
  }),
  rule({
    id: '1.5',
    level: 'required',
    intent: 'The payload comes back exactly as it went in: unicode, empty, `__proto__`, large and nested ones too.',
    violator: 'a lossy codec',
    ifItFails:
      'Look at what the codec does to types, to characters outside of Latin-1, to keys such as `__proto__`, and at limits of length.',
  }),
  rule({
    id: '1.6',
    level: 'required',
    intent: 'An append whose outcome is not known is reported as unknown, not as failed.',
    violator: 'a time-out is reported as a failure, and the entry is there',
    // Seen from outside it is what 1.2 is: a failure was reported, and the entry is there.
    also: [{ code: 'aborted-read' }],
    ifItFails: 'Throw UnknownOutcomeError (or any error with outcome: "unknown") when the command was sent and its reply never came.',
  }),
  rule({
    id: '1.7',
    level: 'required',
    intent: 'No entry becomes visible below an id that was already read.',
    violator: 'a database sequence whose number is taken first and committed late',
    ifItFails: 'Assign ids in the order of commits, or hold entries back until all lower ones are there.',
  }),
  rule({
    id: '1.8',
    level: 'required',
    intent: 'An append is not held up by a reader that is blocked.',
    violator: 'reads and writes share one connection',
    also: [{ code: 'stalled' }],
    ifItFails: 'Give each blocking read a connection of its own: a command that is sent behind a read that waits is held up by it.',
    hint: 'give blocking reads a connection of their own: a command that is sent behind a read that waits is held up by it',
  }),

  // ── §2 Tail: what `getStreamTailId` may answer.

  rule({
    id: '2.1',
    level: 'required',
    intent: 'The tail is a concrete id, never a stand-in for whatever is last.',
    violator: 'returns the sentinel',
    also: [{ code: 'phantom-tail' }],
    ifItFails: 'Resolve the tail once, in getStreamTailId(), to the id of the last entry.',
    hint: 'resolve the tail once, in getStreamTailId(), to the id of the last entry',
  }),
  rule({
    id: '2.2',
    level: 'required',
    intent: 'The tail of an empty or missing topic is an origin from which the first entry is read.',
    violator: 'throws, or answers "now"',
    also: [{ code: 'phantom-tail' }, ...lostIn('connect-gap')],
    ifItFails: 'Answer the origin where there is no entry. Look for a question that fails on a topic that does not exist.',
  }),
  rule({
    id: '2.3',
    level: 'required',
    intent: 'The tail is at or above every append that was acknowledged before the call.',
    violator: 'asks a replica, or a cache',
    ifItFails: 'Ask the server that was written to: replicas and caches lag behind it.',
  }),
  rule({
    id: '2.4',
    level: 'required',
    intent: 'The tail is never an id that was not assigned.',
    violator: 'derives one from the clock',
    ifItFails:
      'Look for a cursor that is made from the time of day: the clock of the server may be behind, and every entry below it is lost.',
  }),
  rule({
    id: '2.5',
    level: 'capability',
    needs: 'tailSurvivesTrim',
    intent: 'The tail does not go back when the last entry is deleted or trimmed.',
    violator: 'answers the last entry that is left',
    also: [{ code: 'stale-tail' }],
    ifItFails: 'Take the last id that was given out, which the store remembers after its entry is gone.',
  }),

  // ── §3 Read: what one `readMessages` returns, whatever the consumer makes of it.

  rule({
    id: '3.1',
    level: 'required',
    intent: 'The cursor is exclusive: what is returned lies above it.',
    violator: '>= instead of >',
    ifItFails: 'Ask for what lies above the cursor. Look for a range that includes where it starts.',
  }),
  rule({
    id: '3.2',
    level: 'required',
    intent: 'No arithmetic on ids: the next id above 1-0 may be 1-1.',
    violator: 'asks beyond cursor + 1',
    also: [{ code: 'stale-read' }, { code: 'int-poll-skip' }, ...lostIn()],
    ifItFails: 'Look for code that adds to a part of an id, or rounds it to milliseconds. Hand the id back as it came.',
  }),
  rule({
    id: '3.3',
    level: 'required',
    intent: 'Ids are ordered as numbers, part by part: 9-0 < 10-0 and 5-9 < 5-10.',
    violator: 'compares them as text',
    also: [
      ...left,
      { code: 'over-read' },
      { code: 'int-nonmonotonic-poll' },
      ...lostIn(),
      { code: 'nonmonotonic-poll' },
      { code: 'duplicate-delivery' },
      { code: 'stale-tail' },
    ],
    ifItFails: 'Look for < on strings, localeCompare, ORDER BY on a text column, or both parts packed into one number.',
  }),
  rule({
    id: '3.4',
    level: 'required',
    intent: 'A read returns a contiguous prefix of what lies above the cursor, in ascending order.',
    violator: 'drops the middle, reverses',
    ifItFails: 'Look for a filter behind the read, a range read backwards without turning it round, or a merge of several pages.',
  }),
  rule({
    id: '3.5',
    level: 'required',
    intent: 'A read returns at most count entries, and a count of 1 works.',
    violator: 'ignores count, or is off by one',
    also: [{ code: 'short-read' }, { code: 'stale-read' }],
    ifItFails: 'Pass count to the server, and look for a comparison that stops one entry early or late.',
  }),
  rule({
    id: '3.6',
    level: 'required',
    intent: 'An entry that was acknowledged before the read is returned by it.',
    violator: 'reads from a replica that lags',
    also: [{ code: 'short-read' }],
    ifItFails: 'Read from the server that was written to. Look for a cache, or a snapshot that is older than the call.',
  }),
  rule({
    id: '3.7',
    level: 'required',
    intent: 'An append while a read waits wakes it, or is in the next one.',
    violator: 'a wake-up is lost',
    also: [{ code: 'stale-read' }],
    ifItFails: 'Look for a listener that is put up after the check, or an answer that is dropped because the time was up.',
  }),
  rule({
    id: '3.8',
    level: 'required',
    intent: 'A read comes back empty only when its time is up.',
    violator: 'is empty at once, so that the loop spins',
    ifItFails: 'Wait in the store instead of asking it once. Look for a time-out that is given in the wrong unit.',
  }),
  rule({
    id: '3.9',
    level: 'required',
    intent: 'An error is thrown: it is neither an empty read nor a read that never returns.',
    violator: 'swallows the exception, or waits on a connection that is gone',
    also: [{ code: 'early-empty' }, { code: 'stalled' }],
    ifItFails: 'Look for a catch that returns nothing, and for a promise that belongs to a connection which was replaced.',
  }),
  rule({
    id: '3.10',
    level: 'required',
    intent: 'The same cursor gives the same prefix: reading has no hidden state.',
    violator: 'a destructive read',
    also: [...left, ...lostIn()],
    ifItFails:
      'Look for a queue that is emptied by reading, a position kept beside the cursor, or a consumer group in place of a plain read.',
  }),
  rule({
    id: '3.11',
    level: 'required',
    intent: 'Topics do not see each other.',
    violator: 'one cursor for all, or a prefix that matches too much',
    // A position shared between topics skips entries instead of returning strange ones.
    also: [{ code: 'stale-read' }, ...lostIn()],
    ifItFails: 'Look for a pattern where a name is meant (LIKE, startsWith), and for a position that is kept outside of the topic.',
  }),
  rule({
    id: '3.12',
    level: 'required',
    intent: 'Leaving the iteration early frees what it held.',
    violator: 'leaks a connection, or leaves a read waiting',
    ifItFails: 'Free it in a finally block: an iteration that is left early calls return() on the iterator, and nothing else.',
  }),

  // ── §4 Cursor loop: where a session starts, and what moves its cursor.

  rule({
    id: '4.1',
    level: 'required',
    intent: 'The snapshot of the tail is taken before readiness is announced.',
    violator: 'asks for the tail after "connected"',
    ifItFails: 'Take the cursor from getStreamTailId() first, then tell the client that it is connected, then read from that cursor.',
  }),
  rule({
    id: '4.2',
    level: 'required',
    intent: 'An empty read leaves the cursor where it was.',
    violator: 'a cursor that means "whatever is last", or the tail asked for again',
    ifItFails: 'Look for a cursor that is resolved anew on each read, or a tail that is asked for inside the loop.',
  }),
  rule({
    id: '4.3',
    level: 'required',
    intent: 'The cursor moves only to ids that were actually read.',
    violator: 'jumps to the tail after a batch',
    ifItFails: 'After a batch, read on from the id of its last entry, and not from the tail of now.',
  }),
  rule({
    id: '4.4',
    level: 'required',
    intent: 'The cursor moves only after the entry was handed over.',
    violator: 'moves it for the whole batch, then is cancelled',
    // Where the entries were appended says nothing here: it is the read in which they came that failed.
    also: lostIn(),
    ifItFails:
      'Hand over one entry, then move the cursor to it, then take the next. Look for a cursor that is moved while a batch is parsed.',
    hint: 'hand an entry over before the cursor moves past it, and before it is acknowledged: what breaks in between is then read again',
  }),
  rule({
    id: '4.5',
    level: 'required',
    intent: 'An error leaves the cursor where it was.',
    violator: 'resets it to the tail, or to 0',
    also: [{ code: 'replayed-history' }, { code: 'duplicate-delivery' }, { code: 'nonmonotonic-poll' }],
    ifItFails:
      'Keep the cursor outside of what a reconnect builds anew. Look for a catch that resets it, and for a client that starts at the tail again by itself.',
  }),
  rule({
    id: '4.6',
    level: 'required',
    intent: 'An entry that does not decode moves the cursor, and is reported.',
    violator: 'poison entries wedge it',
    also: [{ code: 'stale-read' }, { code: 'premature-end' }, ...lostIn()],
    ifItFails: 'Hand it out with `undecodable`, and go on behind it: it must neither end the batch nor hold the cursor.',
    hint: 'skip or report an entry that does not decode, and go on behind it: it must neither end the batch nor hold the cursor',
  }),
  rule({
    id: '4.7',
    level: 'required',
    intent: 'Within a session nothing is delivered twice, and nothing out of order.',
    violator: 'never moves its cursor',
    ifItFails: 'Move the cursor to each entry that was handed over. Where repeats are meant, declare delivery: "at-least-once".',
  }),
  rule({
    id: '4.8',
    level: 'required',
    intent: 'At every gate, a burst of 1, count and count + 1 entries is delivered whole.',
    violator: 'is right for one entry at a time',
    also: lostIn(),
    ifItFails: 'Look for a batch of which only a part is taken: the first entry, the last one, or the first stream of the reply.',
  }),
  rule({
    id: '4.9',
    level: 'required',
    intent: 'Two consumers of one topic are independent of each other.',
    violator: 'they share a cursor',
    also: lostIn(),
    ifItFails: 'Look for a cursor in a module, a static field or the repository: it belongs to the session.',
  }),

  // ── §5 Life cycle: how sessions end, are cut off, and resume.

  rule({
    id: '5.1',
    level: 'required',
    intent: 'A session ends only after a terminal signal, and only when the tail observed after that signal has been handed over.',
    violator: 'ends on a status, or because the topic is gone for a moment',
    ifItFails: 'Ask for the tail after the terminal signal, and go on reading until it has been handed over.',
  }),
  rule({
    id: '5.2',
    level: 'required',
    intent: 'A full batch is not the end of the backlog: it is paged through until a read comes back empty.',
    violator: 'a replay that stops at count',
    also: [{ code: 'premature-end' }, ...lostIn()],
    ifItFails:
      'Look for a backlog that is read once, and for a loop that takes "fewer than I asked for" or "as many as I asked for" as its end.',
  }),
  rule({
    id: '5.3',
    level: 'required',
    intent: 'An abort during a read that waits settles, and a resume loses nothing.',
    violator: 'hangs, or swallows the batch that was in flight',
    // What was appended before a session began lies, for that session, in the gap at its start.
    also: lostIn('connect-gap'),
    ifItFails: 'End the wait when the signal aborts, and count nothing as delivered that the client has not taken.',
  }),
  rule({
    id: '5.4',
    level: 'required',
    intent: 'After close nothing is read and nothing delivered, and closing twice is harmless.',
    violator: 'a poll that outlives its session',
    ifItFails: 'Stop the loop when the session is closed, and wait for the read that is under way. Look for timers and background polls.',
  }),
  rule({
    id: '5.5',
    level: 'capability',
    needs: 'resumes',
    intent: 'A session resumed from a stored id equals one that was never interrupted.',
    violator: 'asks for the tail on reconnect',
    also: [...lostIn('connect-gap'), { code: 'replayed-history' }],
    ifItFails: 'Read on from the id that the client brings (Last-Event-ID); ask for the tail only where it brings none.',
  }),

  // ── §6 Retention: entries that are gone before they were read.

  rule({
    id: '6.1',
    level: 'capability',
    needs: 'signalsTruncation',
    intent: 'A cursor that is older than the first entry left is signalled.',
    violator: 'skips in silence',
    ifItFails: 'Compare the cursor with the first entry that is left, and tell the client when entries between them are gone.',
  }),
  rule({
    id: '6.2',
    level: 'capability',
    needs: 'signalsRecreation',
    intent: 'A topic that was deleted and made anew with lower ids is signalled.',
    violator: 'waits for ever above the old ids',
    also: lostIn(),
    ifItFails:
      'Compare the cursor with the last id of the topic: a cursor above it belongs to a topic that is gone. Tell the client, and start over.',
  }),
]

/** @throws RangeError when there is no such rule. */
export function ruleOf(id: string): Rule {
  const found = rules.find((rule) => rule.id === id)
  if (found === undefined) throw new RangeError(`there is no rule ${id}`)
  return found
}

/** What the sections are about, by their number. */
export const SECTIONS: Readonly<Record<string, string>> = {
  1: 'Append',
  2: 'Tail',
  3: 'Read',
  4: 'Cursor loop',
  5: 'Life cycle',
  6: 'Retention',
}
