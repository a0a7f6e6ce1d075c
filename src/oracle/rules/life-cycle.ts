/** §5 Life cycle: how sessions end, are cut off, and resume. */
import { lostIn, rule } from './rule.js'

export const lifeCycleRules = [
  rule({
    id: '5.1',
    level: 'required',
    intent: 'A session ends only after a terminal signal, and only when the tail observed after that signal has been handed over.',
    violator: 'ends on a status, or because the topic is gone for a moment',
    signs: [{ code: 'premature-end' }],
    ifItFails: 'Ask for the tail after the terminal signal, and go on reading until it has been handed over.',
  }),
  rule({
    id: '5.2',
    level: 'required',
    intent: 'A full batch is not the end of the backlog: it is paged through until a read comes back empty.',
    violator: 'a replay that stops at count',
    signs: [{ code: 'premature-end' }, ...lostIn()],
    ifItFails:
      'Look for a backlog that is read once, and for a loop that takes "fewer than I asked for" or "as many as I asked for" as its end.',
  }),
  rule({
    id: '5.3',
    level: 'required',
    intent: 'An abort during a BLOCK settles, and a resume loses nothing.',
    violator: 'hangs, or swallows the batch that was in flight',
    // What was appended before a session began lies, for that session, in the gap at its start.
    signs: [{ code: 'stalled' }, ...lostIn('connect-gap')],
    ifItFails: 'End the wait when the signal aborts, and count nothing as delivered that the client has not taken.',
  }),
  rule({
    id: '5.4',
    level: 'required',
    intent: 'After close nothing is read and nothing delivered, and closing twice is harmless.',
    violator: 'a poll that outlives its session',
    signs: [{ code: 'read-after-close' }],
    ifItFails: 'Stop the loop when the session is closed, and wait for the read that is under way. Look for timers and background polls.',
  }),
  rule({
    id: '5.5',
    level: 'capability',
    needs: 'resumes',
    intent: 'A session resumed from a stored id equals one that was never interrupted.',
    violator: 'asks for the tail on reconnect',
    signs: [...lostIn('connect-gap'), { code: 'replayed-history' }],
    ifItFails: 'Read on from the id that the client brings (Last-Event-ID); ask for the tail only where it brings none.',
  }),
]
