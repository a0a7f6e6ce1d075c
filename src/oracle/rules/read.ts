/** §3 Read: what one `readMessages` returns, whatever the consumer makes of it. */
import { type Sign, lostIn, rule } from './rule.js'

/** Entries that were due and are not among those returned: at the start, in the middle, at the end. */
const left: readonly Sign[] = [{ code: 'stale-read' }, { code: 'int-poll-skip' }, { code: 'short-read' }]

export const readRules = [
  rule({
    id: '3.1',
    level: 'required',
    intent: 'The cursor is exclusive: what is returned lies above it.',
    violator: '>= instead of >',
    signs: [{ code: 'over-read' }],
    ifItFails: 'XREAD is exclusive; XRANGE needs "(" before the id.',
  }),
  rule({
    id: '3.2',
    level: 'required',
    intent: 'No arithmetic on ids: the next id above 1-0 may be 1-1.',
    violator: 'asks beyond cursor + 1',
    signs: [{ code: 'stale-read' }, { code: 'int-poll-skip' }, ...lostIn()],
    ifItFails: 'Look for code that adds to a part of an id, or rounds it to milliseconds. Hand the id back as it came.',
  }),
  rule({
    id: '3.3',
    level: 'required',
    intent: 'Ids are ordered as numbers, part by part: 9-0 < 10-0 and 5-9 < 5-10.',
    violator: 'compares them as text',
    signs: [
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
    signs: [{ code: 'int-poll-skip' }, { code: 'int-nonmonotonic-poll' }, { code: 'short-read' }],
    ifItFails: 'Look for a filter behind the read, XREVRANGE without turning it round, or a merge of several pages.',
  }),
  rule({
    id: '3.5',
    level: 'required',
    intent: 'A read returns at most count entries, and a count of 1 works.',
    violator: 'ignores count, or is off by one',
    signs: [{ code: 'overfull-read' }, { code: 'short-read' }, { code: 'stale-read' }],
    ifItFails: 'Pass count to the server, and look for a comparison that stops one entry early or late.',
  }),
  rule({
    id: '3.6',
    level: 'required',
    intent: 'An entry that was acknowledged before the read is returned by it.',
    violator: 'reads from a replica that lags',
    signs: [{ code: 'stale-read' }, { code: 'short-read' }],
    ifItFails: 'Read from the server that was written to. Look for a cache, or a snapshot that is older than the call.',
  }),
  rule({
    id: '3.7',
    level: 'required',
    intent: 'An append while a read waits wakes it, or is in the next one.',
    violator: 'a wake-up is lost',
    signs: [...lostIn('in-block'), { code: 'stale-read' }],
    ifItFails: 'Look for a listener that is put up after the check, or an answer that is dropped because the time was up.',
  }),
  rule({
    id: '3.8',
    level: 'required',
    intent: 'A read comes back empty only when its time is up.',
    violator: 'is empty at once, so that the loop spins',
    signs: [{ code: 'early-empty' }],
    ifItFails: 'Wait in the store (BLOCK) instead of asking it once. Look for a time-out that is given in the wrong unit.',
  }),
  rule({
    id: '3.9',
    level: 'required',
    intent: 'An error is thrown: it is neither an empty read nor a read that never returns.',
    violator: 'swallows the exception, or waits on a connection that is gone',
    signs: [{ code: 'early-empty' }, { code: 'stalled' }],
    ifItFails: 'Look for a catch that returns nothing, and for a promise that belongs to a connection which was replaced.',
  }),
  rule({
    id: '3.10',
    level: 'required',
    intent: 'The same cursor gives the same prefix: reading has no hidden state.',
    violator: 'a destructive read',
    signs: [...left, ...lostIn()],
    ifItFails: 'Look for a queue that is emptied by reading, a position kept beside the cursor, or a consumer group in place of XREAD.',
  }),
  rule({
    id: '3.11',
    level: 'required',
    intent: 'Topics do not see each other.',
    violator: 'one cursor for all, or a prefix that matches too much',
    // A position shared between topics skips entries instead of returning strange ones.
    signs: [{ code: 'unexpected' }, { code: 'stale-read' }, ...lostIn()],
    ifItFails: 'Look for a pattern where a name is meant (KEYS, LIKE, startsWith), and for a position that is kept outside of the topic.',
  }),
  rule({
    id: '3.12',
    level: 'required',
    intent: 'Leaving the iteration early frees what it held.',
    violator: 'leaks a connection, or leaves a read waiting',
    signs: [{ code: 'leak' }],
    ifItFails: 'Free it in a finally block: an iteration that is left early calls return() on the iterator, and nothing else.',
  }),
]
