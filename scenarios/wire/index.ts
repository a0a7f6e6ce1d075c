/** Scenarios over the wire, against any program: in the order of the races. The first two need nothing of the wire. */
import type { Scenario } from '../../src/schedule/scenario.js'
import emptyGap from '../empty-gap.js'
import emptyGapTwice from '../empty-gap-twice.js'
import afterAnnouncement from './after-announcement.js'
import afterTail from './after-tail.js'
import batchGap from './batch-gap.js'
import cutAtAcknowledgement from './cut-at-acknowledgement.js'
import cutUnderMessage from './cut-under-message.js'
import cutWhileBlocked from './cut-while-blocked.js'
import cutWhileListening from './cut-while-listening.js'
import errorReply from './error-reply.js'
import historyAtStart from './history-at-start.js'
import lateReply from './late-reply.js'
import longerThanCount from './longer-than-count.js'
import lookBackGap from './look-back-gap.js'
import refusedForAWhile from './refused-for-a-while.js'
import notifyInversion from './notify-inversion.js'
import replyLost from './reply-lost.js'
import replyTorn from './reply-torn.js'
import topicGone from './topic-gone.js'

import severalAtTail from './several-at-tail.js'
import severalInOneReply from './several-in-one-reply.js'
import acknowledgementLost from './acknowledgement-lost.js'

export const wireScenarios: readonly Scenario[] = [
  emptyGap,
  emptyGapTwice,
  batchGap,
  afterAnnouncement,
  afterTail,
  lookBackGap,
  longerThanCount,
  notifyInversion,
  cutWhileBlocked,
  cutWhileListening,
  cutUnderMessage,
  lateReply,
  replyLost,
  replyTorn,
  historyAtStart,
  topicGone,
  errorReply,
  cutAtAcknowledgement,
  severalInOneReply,
  severalAtTail,
  acknowledgementLost,
  refusedForAWhile,
]

/** The profile `smoke` over the wire: one for each gap that an entry can fall into, and a connection that is cut. */
export const wireSmoke: readonly Scenario[] = [emptyGapTwice, batchGap, afterTail, cutWhileBlocked]
