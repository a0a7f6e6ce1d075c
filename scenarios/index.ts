/** Every scenario: first those of races, in the order of the races, then those of rules that no race was named after. */
import type { Scenario } from '../src/schedule/scenario.js'
import abortedWhileBlocked from './aborted-while-blocked.js'
import acknowledgementLost from './acknowledgement-lost.js'
import afterAnnouncement from './after-announcement.js'
import anotherTopic from './another-topic.js'
import appendRejected from './append-rejected.js'
import appendWhileBlocked from './append-while-blocked.js'
import appendsTogether from './appends-together.js'
import awayForLong from './away-for-long.js'
import awkwardPayloads from './awkward-payloads.js'
import backAfterKeepAlives from './back-after-keep-alives.js'
import backBeforeFirstEntry from './back-before-first-entry.js'
import backfillToLive from './backfill-to-live.js'
import batchGap from './batch-gap.js'
import beforeFirstRead from './before-first-read.js'
import beyondDoubles from './beyond-doubles.js'
import burstAtEveryGate from './burst-at-every-gate.js'
import clockSkew from './clock-skew.js'
import closedThenAppended from './closed-then-appended.js'
import cutAgainAndAgain from './cut-again-and-again.js'
import cutAndSilent from './cut-and-silent.js'
import cutThenLive from './cut-then-live.js'
import cutWhileBlocked from './cut-while-blocked.js'
import cutWhileIdle from './cut-while-idle.js'
import doneBeforeDrained from './done-before-drained.js'
import droppedInMidStream from './dropped-in-mid-stream.js'
import emptyGapTwice from './empty-gap-twice.js'
import emptyGap from './empty-gap.js'
import equalPayloads from './equal-payloads.js'
import failsAgainAndAgain from './fails-again-and-again.js'
import failsInMidBatch from './fails-in-mid-batch.js'
import farBehind from './far-behind.js'
import historyAtStart from './history-at-start.js'
import idsOutOfOrder from './ids-out-of-order.js'
import leftInMidBatch from './left-in-mid-batch.js'
import longIdle from './long-idle.js'
import longerThanCount from './longer-than-count.js'
import moreThanBuffersHold from './more-than-buffers-hold.js'
import nineToTen from './nine-to-ten.js'
import oneAtATime from './one-at-a-time.js'
import othersFillAPage from './others-fill-a-page.js'
import othersInBetween from './others-in-between.js'
import othersWhileAway from './others-while-away.js'
import quietAgain from './quiet-again.js'
import quietForTwoMinutes from './quiet-for-two-minutes.js'
import readFails from './read-fails.js'
import recreatedAfterReturn from './recreated-after-return.js'
import recreatedBetweenSessions from './recreated-between-sessions.js'
import recreatedWhileAway from './recreated-while-away.js'
import recreatedWithLowerIds from './recreated-with-lower-ids.js'
import refusedByTheStore from './refused-by-the-store.js'
import removedBeforeDrained from './removed-before-drained.js'
import resumed from './resumed.js'
import resumedWithinAMillisecond from './resumed-within-a-millisecond.js'
import sequenceCountsOn from './sequence-counts-on.js'
import tailDeleted from './tail-deleted.js'
import tailFailsAgainAndAgain from './tail-fails-again-and-again.js'
import tailFails from './tail-fails.js'
import timeOutOfZero from './time-out-of-zero.js'
import trimmedInMidStream from './trimmed-in-mid-stream.js'
import trimmedWhileBehind from './trimmed-while-behind.js'
import twoAtOneCursor from './two-at-one-cursor.js'
import twoConsumers from './two-consumers.js'
import undecodableEntries from './undecodable-entries.js'
import wokenLate from './woken-late.js'
import writtenByAnother from './written-by-another.js'

/** Every scenario that tailrace runs on a repository or a consumer, in the order of the races. `npx tailrace list` shows them. */
export const scenarios: readonly Scenario[] = [
  emptyGap,
  emptyGapTwice,
  longIdle,
  quietAgain,
  batchGap,
  beforeFirstRead,
  afterAnnouncement,
  backfillToLive,
  longerThanCount,
  cutWhileBlocked,
  cutWhileIdle,
  failsAgainAndAgain,
  failsInMidBatch,
  trimmedWhileBehind,
  trimmedInMidStream,
  droppedInMidStream,
  recreatedWithLowerIds,
  recreatedWhileAway,
  recreatedAfterReturn,
  recreatedBetweenSessions,
  sequenceCountsOn,
  nineToTen,
  beyondDoubles,
  idsOutOfOrder,
  clockSkew,
  tailDeleted,
  appendRejected,
  acknowledgementLost,
  cutAndSilent,
  undecodableEntries,
  appendWhileBlocked,
  doneBeforeDrained,
  awkwardPayloads,
  appendsTogether,
  equalPayloads,
  historyAtStart,
  oneAtATime,
  timeOutOfZero,
  wokenLate,
  anotherTopic,
  leftInMidBatch,
  readFails,
  tailFails,
  tailFailsAgainAndAgain,
  burstAtEveryGate,
  moreThanBuffersHold,
  farBehind,
  quietForTwoMinutes,
  cutThenLive,
  cutAgainAndAgain,
  writtenByAnother,
  refusedByTheStore,
  othersFillAPage,
  othersInBetween,
  othersWhileAway,
  twoConsumers,
  twoAtOneCursor,
  abortedWhileBlocked,
  closedThenAppended,
  resumed,
  resumedWithinAMillisecond,
  backBeforeFirstEntry,
  backAfterKeepAlives,
  awayForLong,
  removedBeforeDrained,
]

/**
 * The profile `smoke`: a greedy cover of the mutants that scenarios kill on the model. First the scenario that kills most, then the one
 * that kills most of the rest, as long as it kills two or more. test/run/profiles.test.ts computes it and says when it has changed.
 */
export const smoke: readonly Scenario[] = [
  burstAtEveryGate,
  awkwardPayloads,
  doneBeforeDrained,
  failsInMidBatch,
  quietAgain,
  beyondDoubles,
  cutWhileIdle,
  undecodableEntries,
  leftInMidBatch,
  emptyGapTwice,
  afterAnnouncement,
  droppedInMidStream,
  tailDeleted,
  equalPayloads,
  twoConsumers,
  backAfterKeepAlives,
]
