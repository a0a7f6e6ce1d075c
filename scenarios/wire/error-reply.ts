import { advanceTo, append, replyError, scenario } from '../../src/schedule/scenario.js'

/**
 * The server refuses a read, and does nothing of it, as one does that is busy with a script: an entry is there, the read has
 * failed, and the cursor has to stay where it was.
 */
export default scenario('wire-error-reply', {
  summary: 'a read is refused with an error while an entry is there for it',
  rule: '4.5',
  steps: [
    advanceTo('blocked'),
    append(1),
    advanceTo('delivered'),
    append(1),
    replyError('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
    advanceTo('read-called'),
    advanceTo('read-called'),
  ],
})
