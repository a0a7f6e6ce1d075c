/**
 * tailrace: reproduces races in stream consumers deterministically.
 *
 * Entry points beside this one: `tailrace/ioredis` (the reference adapter), `tailrace/vitest` and
 * `tailrace/reporter` (a reporter for vitest).
 */
export type { Clock } from './clock/clock.js'
export { systemClock } from './clock/clock.js'
export { virtualClock } from './clock/virtual-clock.js'
export { type StreamId, compareIds, isAfter, isStreamId, LATEST, ORIGIN, parseStreamId } from './contract/stream-id.js'
export { type Json, type ReadOptions, type StreamEntry, type StreamRepository, UnknownOutcomeError } from './contract/stream-repository.js'
export { InMemoryStreamRepository, type InMemoryOptions } from './model/in-memory-repository.js'
export { MemoryStream } from './model/memory-stream.js'

export { type Config, defineConfig } from './subject/config.js'
export type { KnownLoss } from './subject/known-loss.js'
export type { Capabilities, CommandGates, ConsumeContext, FrameEntry, OpenContext, SubjectDefinition } from './subject/subject.js'
export { defineSubject } from './subject/subject.js'

export { type Delivered, expectNothingLost, type Instrumented, instrument } from './testing/instrument.js'
export type { ProbeSignal } from './sources/repository/probe.js'

export type { Gate, ReadOutcome } from './schedule/gate.js'
export type { Step } from './schedule/step.js'
export { type Schedule, schedule } from './schedule/schedule.js'
export {
  abort,
  accept,
  advance,
  advanceTo,
  append,
  cut,
  disconnect,
  drop,
  elsewhere,
  expire,
  fail,
  finish,
  loseAcknowledgement,
  notify,
  poison,
  refuse,
  remove,
  reply,
  replyError,
  restart,
  type Scenario,
  scenario,
  slow,
  trim,
} from './schedule/scenario.js'
export { scenarios } from '../scenarios/index.js'

export type { History, HistoryEvent } from './history/event.js'
export { type Reproduction, reproduce } from './testing/reproduce.js'
export type { Anomaly, AnomalyCode } from './oracle/anomaly.js'
export { check, type Verdict } from './oracle/check.js'
export { memoryStore } from './dialects/memory/memory-store.js'
export { openStore } from './dialects/open-store.js'
export type { Store } from './dialects/store.js'

export { entryOf, type Frame, isAnnouncement } from './consumers/frame.js'
export { literalDollar } from './consumers/literal-dollar.js'
export { snapshotCursor } from './consumers/snapshot-cursor.js'
export { type SseTaskEventsOptions, sseTaskEvents } from './consumers/sse-task-events.js'
export { toSse } from './consumers/sse-text.js'

export { type Mutant, mutant } from './kit/mutants/mutant.js'
export { type Rule, rule } from './oracle/rules/rule.js'
