/** §1 Append: what an acknowledgement, a rejection and an unknown outcome promise. */
import { rule } from './rule.js'

export const appendRules = [
  rule({
    id: '1.1',
    level: 'required',
    intent: 'An acknowledged append is in the log.',
    violator: 'acknowledges, and never writes',
    signs: [{ code: 'lost-append' }],
    ifItFails: 'Look for a sendData that does not await its write, or that answers from a queue of its own.',
  }),
  rule({
    id: '1.2',
    level: 'required',
    intent: 'A rejected append never appears.',
    violator: 'writes, then throws',
    signs: [{ code: 'aborted-read' }],
    ifItFails: 'Look for something that can fail behind the write (a publish, an expiry, a metric) and takes the whole append for failed.',
  }),
  rule({
    id: '1.3',
    level: 'required',
    intent: 'One append is one entry.',
    violator: 'a retry writes twice',
    signs: [{ code: 'duplicate-append' }],
    ifItFails:
      'Look for a retry below the caller: a client that re-sends after a reconnect, or a loop around XADD. Turn it off, or make the append idempotent.',
  }),
  rule({
    id: '1.4',
    level: 'required',
    intent: 'Ids are unique, are those of the log, and strictly increase in real time.',
    violator: 'an id that is used again, goes back, or was made up',
    signs: [{ code: 'nonmonotonic-append' }, { code: 'inconsistent-offsets' }, { code: 'future-read' }],
    ifItFails: 'Return the id that the server assigned. Look for ids made from a clock or a counter of the client.',
  }),
  rule({
    id: '1.5',
    level: 'required',
    intent: 'The payload comes back exactly as it went in: unicode, empty, `__proto__`, large and nested ones too.',
    violator: 'a lossy codec',
    signs: [{ code: 'corrupt-read' }],
    ifItFails:
      'Look at what the codec does to types, to characters outside of Latin-1, to keys such as `__proto__`, and at limits of length.',
  }),
  rule({
    id: '1.6',
    level: 'required',
    intent: 'An append whose outcome is not known is reported as unknown, not as failed.',
    violator: 'a time-out is reported as a failure, and the entry is there',
    // Seen from outside it is what 1.2 is: a failure was reported, and the entry is there.
    signs: [{ code: 'aborted-read' }],
    ifItFails: 'Throw UnknownOutcomeError (or any error with outcome: "unknown") when the command was sent and its reply never came.',
  }),
  rule({
    id: '1.7',
    level: 'required',
    intent: 'No entry becomes visible below an id that was already read.',
    violator: 'a database sequence whose number is taken first and committed late',
    signs: [{ code: 'incompatible-order' }],
    ifItFails: 'Assign ids in the order of commits, or hold entries back until all lower ones are there.',
  }),
  rule({
    id: '1.8',
    level: 'required',
    intent: 'An append is not held up by a reader that is blocked.',
    violator: 'reads and writes share one connection',
    signs: [{ code: 'stalled' }],
    ifItFails: 'Give each blocking read a connection of its own: a command that is sent behind a BLOCK waits for it.',
  }),
]
