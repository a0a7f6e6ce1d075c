/** The words of Redis, and of the model of it: its commands, `$` and `BLOCK`, in timelines, explanations, rules and hints. */
import { LATEST, isStreamId } from '../../contract/stream-id.js'
import { FOR_EVER } from '../../history/event.js'
import type { Words } from '../words.js'

const quoted = (text: string) => `"${text}"`

export const redisWords: Words = {
  append: 'XADD {topic} * data {json}',
  wait: 'BLOCK',
  waits: (timeoutMs) => (timeoutMs === FOR_EVER ? 'waits without a time-out' : `waits, BLOCK ${timeoutMs ?? '?'}`),
  forEver: ' (BLOCK 0)',
  cursor: (asked) => (isStreamId(asked) ? asked : quoted(asked)),
  latest: quoted(LATEST),
  undelivered: quoted('>'),
  rules: {
    '1.3': {
      ifItFails:
        'Look for a retry below the caller: a client that re-sends after a reconnect, or a loop around XADD. Turn it off, or make the append idempotent.',
    },
    '1.8': {
      ifItFails: 'Give each blocking read a connection of its own: a command that is sent behind a BLOCK waits for it.',
      hint: 'give blocking reads a connection of their own: a command that is sent behind a BLOCK waits for it',
    },
    '2.1': {
      intent: 'The tail is a concrete id, never "$".',
      ifItFails: 'Resolve "$" once, in getStreamTailId(), to the id of the last entry (XREVRANGE + - COUNT 1, or XINFO STREAM).',
      hint: 'resolve "$" once, in getStreamTailId(), to the id of the last entry (XINFO STREAM, or XREVRANGE + - COUNT 1)',
    },
    '2.2': {
      ifItFails: 'Answer 0-0 where there is no entry. Look for an XINFO STREAM on a key that does not exist.',
    },
    '2.5': {
      violator: 'XREVRANGE: after XDEL of 6-0 it answers 5-0',
      ifItFails: 'Take last-generated-id of XINFO STREAM, which remembers what was deleted.',
    },
    '3.1': {
      ifItFails: 'XREAD is exclusive; XRANGE needs "(" before the id.',
    },
    '3.4': {
      ifItFails: 'Look for a filter behind the read, XREVRANGE without turning it round, or a merge of several pages.',
    },
    '3.8': {
      ifItFails: 'Wait in the store (BLOCK) instead of asking it once. Look for a time-out that is given in the wrong unit.',
    },
    '3.10': {
      ifItFails: 'Look for a queue that is emptied by reading, a position kept beside the cursor, or a consumer group in place of XREAD.',
    },
    '3.11': {
      ifItFails: 'Look for a pattern where a name is meant (KEYS, LIKE, startsWith), and for a position that is kept outside of the topic.',
    },
    '3.13': {
      violator: 'passes 0 on to BLOCK, where it means for ever, or takes it for not given',
      ifItFails:
        'Leave BLOCK out where timeoutMs is 0 (BLOCK 0 waits for ever), and look for a default that stands in for it: timeoutMs || 5000.',
    },
    '4.2': {
      violator: '"$", or the tail asked for again',
      ifItFails: 'Look for a cursor that is resolved anew on each read: "$", or a tail that is asked for inside the loop.',
    },
    '4.3': {
      ifItFails: 'After a batch, read on from the id of its last entry: neither from "$" nor from the tail of now.',
    },
    '4.5': {
      ifItFails:
        'Keep the cursor outside of what a reconnect builds anew. Look for a catch that resets it, and for a client that sends "$" again by itself.',
    },
    '5.3': {
      intent: 'An abort during a BLOCK settles, and a resume loses nothing.',
    },
    '6.1': {
      ifItFails:
        'Compare the cursor with what was trimmed (the first entry, or max-deleted-entry-id), and tell the client when entries between them are gone.',
    },
  },
  hints: {
    'not-listening-yet':
      'tell the client that it is connected only when SUBSCRIBE has been confirmed, and then read what is there already: what is published before reaches nobody',
    'not-listening':
      'subscribing again is not enough: after each reconnect, once SUBSCRIBE has been confirmed, read on from the last id that was delivered; what was published in between reached nobody',
    'phantom-tail': 'the tail is the id of the last entry, or 0-0 where there is none: never "$", never made from a clock',
    'over-read': 'the cursor is exclusive: return what lies above it (XREAD does, XRANGE needs "(")',
    'latest-after-batch': 'after a batch, read on from the id of the last entry delivered: neither from "$" nor from the tail of now',
    'latest-after-error':
      'keep the cursor over an error and a reconnect: look for a catch that resets it to "$", or a client that sends its last command again',
    'pending-not-read': 'after an error, read from 0 what is pending for this member, and only then from ">" what is new',
    'not-kept-pending':
      'read without NOACK, acknowledge what was handed out (XACK), and after an error read from 0 what is pending: with NOACK whatever fails on the way is gone',
    'not-claimed':
      'after an error and after a restart, read from 0 what is pending for this member, and claim (XAUTOCLAIM) what others have left',
    'replayed-history':
      'a session that starts at the tail must not start at 0-0; where that is meant, declare startsAt: "beginning" (--from beginning)',
  },
}
