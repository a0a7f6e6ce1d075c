/**
 * tailrace: reproduces races in stream consumers deterministically.
 *
 * This entry point has what a configuration, a scenario and an adapter are written with, and the types of what comes out. The
 * others: `tailrace/testing` (a consumer held at a gate by hand, one schedule as a function), `tailrace/vitest` (the suite as vitest
 * tests), `tailrace/reporter` (reports from a run of vitest), `tailrace/ioredis` (the reference adapter) and `tailrace/wire`
 * (programs behind the wire probe). test/package/surface.test.ts lists all of their names.
 */

// ── the contract
export { type StreamId, compareIds, isAfter, isStreamId, LATEST, ORIGIN, parseStreamId } from './contract/stream-id.js'
export { type Json, type ReadOptions, type StreamEntry, type StreamRepository, UnknownOutcomeError } from './contract/stream-repository.js'
export { type Clock, systemClock, virtualClock } from './clock/clock.js'

// ── the in-memory model
export { InMemoryStreamRepository, type InMemoryOptions } from './model/in-memory-repository.js'
export { type MemoryEntry, MemoryStream, type MemoryWaiter, type WaitEnd } from './model/memory-stream.js'

// ── the configuration
export { type Config, defineConfig } from './subject/config.js'
export type { KnownAnomaly, KnownFinding, KnownLoss } from './subject/known-loss.js'
export {
  type CommandGates,
  type ConsumeContext,
  type FrameEntry,
  type OpenContext,
  type DialectName,
  type SubjectDefinition,
  defineSubject,
} from './subject/subject.js'
export type { NotifyContext, PublishContext, WireContext, WireProgram, WireSubject } from './subject/wire-subject.js'
export { type Family, type Mutant, mutant } from './kit/mutants/mutant.js'
export type { Capabilities, Capability } from './contract/capabilities.js'

// ── schedules and scenarios
export type { Gate, ReadOutcome } from './schedule/gate.js'
export type {
  AbortStep,
  AcknowledgementStep,
  AdvanceStep,
  AppendStep,
  ConnectionsStep,
  ConsumerStep,
  DeleteStep,
  DisconnectStep,
  DropStep,
  ElsewhereStep,
  ExpireStep,
  FailStep,
  FaultStep,
  FinishStep,
  LeaveStep,
  NotifyStep,
  PoisonStep,
  ProducerStep,
  ReplyStep,
  RestartStep,
  SlowStep,
  Step,
  TrimStep,
  WireStep,
} from './schedule/step.js'
export { type Schedule, type ScheduleReadOptions, schedule } from './schedule/schedule.js'
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
  leave,
  loseAcknowledgement,
  type Need,
  notify,
  poison,
  type ReferenceConsumer,
  refuse,
  remove,
  reply,
  replyError,
  restart,
  type Scenario,
  type ScenarioOptions,
  scenario,
  slow,
  trim,
} from './schedule/scenario.js'
export { scenarios } from '../scenarios/index.js'

// ── results
export type { CommandEffect, History, HistoryEvent, SessionStart, WitnessEntry } from './history/event.js'
export type { Anomaly, AnomalyCode } from './oracle/anomaly.js'
export type { Counts, Verdict } from './oracle/check.js'
export type { CulpritName } from './oracle/catalogue/culprits.js'
export type { Finding } from './oracle/catalogue/kind.js'
export type { Culprit } from './oracle/culprit.js'
export type { Window } from './oracle/window.js'

// ── the reference consumers
export { type EndReason, type Frame, entryOf, isAnnouncement, literalDollar, resumeIdOf, snapshotCursor } from './consumers/loops.js'
export { type SseTaskEvents, type SseTaskEventsOptions, sseTaskEvents, toSse } from './consumers/sse.js'
