/** Where to look, and what to do about it: by what was found, where it fell, and the rule that it breaks. */
import type { Anomaly, AnomalyCode } from '../oracle/anomaly.js'
import type { Window } from '../oracle/windows.js'

/** What a loss in this window mostly comes from. */
const LOSS: Record<Window, string> = {
  'connect-gap': 'take the cursor, as the id of the tail, before telling the client that it is connected, and read from it',
  'empty-gap':
    'take the cursor once, as the id of the tail, and move it only to ids that were delivered: an empty read leaves it where it is',
  'batch-gap': 'after a batch, read on from the id of the last entry delivered: neither from "$" nor from the tail of now',
  'in-block':
    'an append must wake the read that waits, or be in the next: look for a listener that is put up too late, or an answer that is dropped when the time is up',
  'error-gap':
    'keep the cursor over an error and a reconnect: look for a catch that resets it, or a client that sends "$" again; in a group, read what is pending first',
}

const BY_CODE: Partial<Record<AnomalyCode, string>> = {
  'lost-append': 'acknowledge only what the server acknowledged: look for a sendData that does not await its write',
  'duplicate-append': 'a retry after a time-out writes again: make the append idempotent, or report the outcome as unknown',
  'inconsistent-offsets': 'return the id that the server assigned, not one of your own',
  'nonmonotonic-append': 'let the server assign ids: a clock or a counter of the client goes back',
  'incompatible-order': 'an id must be visible before a higher one is: look for ids that are assigned first and committed later',
  'stale-tail': 'ask the same server for the tail that was written to: replicas and caches lag',
  'phantom-tail': 'the tail is the id of the last entry, or 0-0 where there is none: never "$", never made from a clock',
  'stale-read': 'read from the server that was written to; an error, or an entry that does not decode, is not an empty answer',
  'early-empty': 'wait in the store until something comes or the time is up: an answer that is empty at once makes the loop spin',
  'short-read': 'return all that is there, up to count: look for a filter after the read, or a loop that stops early',
  'over-read': 'the cursor is exclusive: return what lies above it (XREAD does, XRANGE needs "(")',
  'overfull-read': 'pass count to the server, or stop after so many',
  'int-poll-skip': 'a batch has no holes: compare ids as numbers, part by part (9-0 is below 10-0)',
  'int-nonmonotonic-poll': 'return entries in the order of their ids, compared as numbers',
  unexpected: 'look for a topic prefix that matches too much, or a codec that makes entries up',
  'corrupt-read': 'the payload must come back as it went in: look at what the codec does to types, unicode and special keys',
  'aborted-read': 'a rejected append must not be in the log: report the outcome as unknown where it cannot be told',
  'future-read': 'an entry was there before its append: look for a cache, or two topics that share one',
  'nonmonotonic-poll': 'hand entries out in the order of their ids, and never move the cursor back',
  'duplicate-delivery': 'move the cursor to each entry that was handed out; where repeats are meant, declare delivery: "at-least-once"',
  'replayed-history':
    'a session that starts at the tail must not start at 0-0; where that is meant, declare startsAt: "beginning" (--from beginning)',
  'premature-end': 'end only at the tail that was asked for after the terminal signal, and page until a read comes back empty',
  livelock: 'move the cursor past what cannot be decoded, and report it: the loop reads the same entries again and again',
  stalled: 'look for a call that is never answered: one connection for reads and writes, or an abort that nobody listens to',
  'read-after-close': 'stop the loop when the session is closed, and wait for the read that is under way',
  leak: 'close in a finally block what a read holds: an iteration that is left early calls return(), nothing else',
}

/** What says more than the code alone. */
const BY_RULE: Readonly<Record<string, string>> = {
  '1.8': 'give blocking reads a connection of their own: a command that is sent behind a BLOCK waits for it',
  '2.1': 'resolve "$" once, in getStreamTailId(), to the id of the last entry (XINFO STREAM, or XREVRANGE + - COUNT 1)',
  '4.4': 'hand an entry over before the cursor moves past it, and before it is acknowledged: what breaks in between is then read again',
  '4.6': 'skip or report an entry that does not decode, and go on behind it: it must neither end the batch nor hold the cursor',
}

const MAX_HINTS = 3

export function hintsFor(anomalies: readonly Anomaly[]): readonly string[] {
  const hints = anomalies.flatMap(({ code, rule, window }) => {
    const loss = code === 'unseen' || code === 'poll-skip' || code === 'entry-skip'
    const hint = BY_RULE[rule] ?? (loss ? LOSS[rule === '4.5' ? 'error-gap' : (window ?? 'batch-gap')] : BY_CODE[code])
    return hint === undefined ? [] : [hint]
  })
  return [...new Set(hints)].slice(0, MAX_HINTS)
}
