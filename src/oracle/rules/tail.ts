/** §2 Tail: what `getStreamTailId` may answer. */
import { lostIn, rule } from './rule.js'

export const tailRules = [
  rule({
    id: '2.1',
    level: 'required',
    intent: 'The tail is a concrete id, never "$".',
    violator: 'returns the sentinel',
    signs: [{ code: 'phantom-tail' }],
    ifItFails: 'Resolve "$" once, in getStreamTailId(), to the id of the last entry (XREVRANGE + - COUNT 1, or XINFO STREAM).',
  }),
  rule({
    id: '2.2',
    level: 'required',
    intent: 'The tail of an empty or missing topic is an origin from which the first entry is read.',
    violator: 'throws, or answers "now"',
    signs: [{ code: 'phantom-tail' }, ...lostIn('connect-gap')],
    ifItFails: 'Answer 0-0 where there is no entry. Look for an XINFO STREAM on a key that does not exist.',
  }),
  rule({
    id: '2.3',
    level: 'required',
    intent: 'The tail is at or above every append that was acknowledged before the call.',
    violator: 'asks a replica, or a cache',
    signs: [{ code: 'stale-tail' }],
    ifItFails: 'Ask the server that was written to: replicas and caches lag behind it.',
  }),
  rule({
    id: '2.4',
    level: 'required',
    intent: 'The tail is never an id that was not assigned.',
    violator: 'derives one from the clock',
    signs: [{ code: 'phantom-tail' }],
    ifItFails:
      'Look for a cursor that is made from the time of day: the clock of the server may be behind, and every entry below it is lost.',
  }),
  rule({
    id: '2.5',
    level: 'capability',
    needs: 'tailSurvivesTrim',
    intent: 'The tail does not go back when the last entry is deleted or trimmed.',
    violator: 'XREVRANGE: after XDEL of 6-0 it answers 5-0',
    signs: [{ code: 'stale-tail' }],
    ifItFails: 'Take last-generated-id of XINFO STREAM, which remembers what was deleted.',
  }),
]
