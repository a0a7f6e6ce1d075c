/** §4 Cursor loop: where a session starts, and what moves its cursor. */
import { lostIn, rule } from './rule.js'

export const cursorLoopRules = [
  rule({
    id: '4.1',
    level: 'required',
    intent: 'The snapshot of the tail is taken before readiness is announced.',
    violator: 'asks for the tail after "connected"',
    signs: [...lostIn('connect-gap'), { code: 'replayed-history' }],
    ifItFails: 'Take the cursor from getStreamTailId() first, then tell the client that it is connected, then read from that cursor.',
  }),
  rule({
    id: '4.2',
    level: 'required',
    intent: 'An empty read leaves the cursor where it was.',
    violator: '"$", or the tail asked for again',
    signs: lostIn('empty-gap'),
    ifItFails: 'Look for a cursor that is resolved anew on each read: "$", or a tail that is asked for inside the loop.',
  }),
  rule({
    id: '4.3',
    level: 'required',
    intent: 'The cursor moves only to ids that were actually read.',
    violator: 'jumps to the tail after a batch',
    signs: lostIn('batch-gap'),
    ifItFails: 'After a batch, read on from the id of its last entry: neither from "$" nor from the tail of now.',
  }),
  rule({
    id: '4.4',
    level: 'required',
    intent: 'The cursor moves only after the entry was handed over.',
    violator: 'moves it for the whole batch, then is cancelled',
    // Where the entries were appended says nothing here: it is the read in which they came that failed.
    signs: lostIn(),
    ifItFails:
      'Hand over one entry, then move the cursor to it, then take the next. Look for a cursor that is moved while a batch is parsed.',
  }),
  rule({
    id: '4.5',
    level: 'required',
    intent: 'An error leaves the cursor where it was.',
    violator: 'resets it to the tail, or to 0',
    signs: [...lostIn('error-gap'), { code: 'replayed-history' }, { code: 'duplicate-delivery' }, { code: 'nonmonotonic-poll' }],
    ifItFails:
      'Keep the cursor outside of what a reconnect builds anew. Look for a catch that resets it, and for a client that sends "$" again by itself.',
  }),
  rule({
    id: '4.6',
    level: 'required',
    intent: 'An entry that does not decode moves the cursor, and is reported.',
    violator: 'poison entries wedge it',
    signs: [{ code: 'livelock' }, { code: 'stale-read' }, { code: 'premature-end' }, ...lostIn()],
    ifItFails: 'Hand it out with `undecodable`, and go on behind it: it must neither end the batch nor hold the cursor.',
  }),
  rule({
    id: '4.7',
    level: 'required',
    intent: 'Within a session nothing is delivered twice, and nothing out of order.',
    violator: 'never moves its cursor',
    signs: [{ code: 'duplicate-delivery' }, { code: 'nonmonotonic-poll' }],
    ifItFails: 'Move the cursor to each entry that was handed over. Where repeats are meant, declare delivery: "at-least-once".',
  }),
  rule({
    id: '4.8',
    level: 'required',
    intent: 'At every gate, a burst of 1, count and count + 1 entries is delivered whole.',
    violator: 'is right for one entry at a time',
    signs: lostIn(),
    ifItFails: 'Look for a batch of which only a part is taken: the first entry, the last one, or the first stream of the reply.',
  }),
  rule({
    id: '4.9',
    level: 'required',
    intent: 'Two consumers of one topic are independent of each other.',
    violator: 'they share a cursor',
    signs: lostIn(),
    ifItFails: 'Look for a cursor in a module, a static field or the repository: it belongs to the session.',
  }),
]
