/** Every scenario, in the order of the races that they show. */
import type { Scenario } from '../src/schedule/scenario.js'
import afterAnnouncement from './after-announcement.js'
import appendWhileBlocked from './append-while-blocked.js'
import batchGap from './batch-gap.js'
import beforeFirstRead from './before-first-read.js'
import cutWhileBlocked from './cut-while-blocked.js'
import doneBeforeDrained from './done-before-drained.js'
import emptyGap from './empty-gap.js'
import failsInMidBatch from './fails-in-mid-batch.js'
import longerThanCount from './longer-than-count.js'
import nineToTen from './nine-to-ten.js'
import trimmedWhileBehind from './trimmed-while-behind.js'
import undecodableEntries from './undecodable-entries.js'

export const scenarios: readonly Scenario[] = [
  emptyGap,
  batchGap,
  beforeFirstRead,
  afterAnnouncement,
  longerThanCount,
  cutWhileBlocked,
  failsInMidBatch,
  trimmedWhileBehind,
  nineToTen,
  undecodableEntries,
  appendWhileBlocked,
  doneBeforeDrained,
]
