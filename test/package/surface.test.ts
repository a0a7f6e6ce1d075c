/**
 * The public surface: what each entry point exports. A name that is added or goes away has to change the list here, and belongs into
 * the changelog.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportsOf, keyOf } from './declarations.js'
import { REPOSITORY } from './project.js'

const SURFACE: Readonly<Record<string, string>> = {
  tailrace: `
    AbortStep AcknowledgementStep AdvanceStep Anomaly AnomalyCode AppendStep Capabilities Capability Clock CommandEffect CommandGates
    Config ConnectionsStep ConsumeContext ConsumerStep Counts Culprit CulpritName DeleteStep DialectName DisconnectStep DropStep ElsewhereStep EndReason
    ExpireStep FailStep Family FaultStep Finding FinishStep Frame FrameEntry Gate History HistoryEvent InMemoryOptions
    InMemoryStreamRepository Json KnownAnomaly KnownFinding KnownLoss LATEST LeaveStep MemoryEntry MemoryStream MemoryWaiter Mutant Need NotifyContext
    NotifyStep ORIGIN OpenContext PoisonStep ProducerStep PublishContext ReadOptions ReadOutcome ReferenceConsumer ReplyStep
    RestartStep Scenario ScenarioOptions Schedule ScheduleReadOptions SessionStart SlowStep SseTaskEvents
    SseTaskEventsOptions Step StreamEntry StreamId StreamRepository SubjectDefinition TrimStep UnknownOutcomeError
    Verdict WaitEnd Window WireContext WireProgram WireStep WireSubject WitnessEntry abort accept advance advanceTo append
    compareIds cut defineConfig defineSubject disconnect drop elsewhere entryOf expire fail finish isAfter isAnnouncement
    isStreamId leave literalDollar loseAcknowledgement mutant notify parseStreamId poison refuse remove reply replyError
    restart resumeIdOf scenario scenarios schedule slow snapshotCursor sseTaskEvents systemClock toSse trim virtualClock`,
  'tailrace/testing': `
    Delivered Ending ExplorationOptions Instrumented Mismatch ProbeGate ProbeSignal ReproduceOptions Reproduction SignalOptions Suite
    SuiteOptions SuiteOutcome SuiteRun SuiteTest expectNothingLost instrument reproduce suiteFor`,
  'tailrace/ioredis': 'RedisStreamOptions RedisStreamRepository',
  'tailrace/wire': 'CommandOptions Deliveries NotifyContext PublishContext WireContext WireProgram WireSubject commandSubject defineWire',
  'tailrace/vitest': 'DescribeOptions ExplorationOptions describeStreamRepository',
  'tailrace/reporter': 'ReporterName TailraceReporterOptions default',
}

const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>
}
const declarationsOf = Object.fromEntries(
  Object.entries(exports).flatMap(([path, target]) => (typeof target === 'string' ? [] : [[join('tailrace', path), join(target.types)]])),
)
const main = new Set(exportsOf(declarationsOf['tailrace']!).map(({ origin }) => keyOf(origin)))

it('has the entry points that are listed here', () => {
  expect(Object.keys(declarationsOf)).toEqual(Object.keys(SURFACE))
})

describe.each(Object.entries(declarationsOf))('%s', (entry, file) => {
  const exported = exportsOf(file)

  it('exports what is listed here, and nothing else', () => {
    expect(exported.map(({ name }) => name)).toEqual(SURFACE[entry]?.trim().split(/\s+/))
  })

  it('explains each of its exports in a docstring', () => {
    expect(exported.filter(({ docstring = '' }) => docstring.length < 20).map(({ name }) => name)).toEqual([])
  })

  it('mentions no type that it, or "tailrace" itself, does not export', () => {
    const there = new Set([...main, ...exported.map(({ origin }) => keyOf(origin))])
    const missing = exported.flatMap(({ name, mentions }) =>
      mentions.filter((each) => !there.has(keyOf(each))).map((each) => `${name} mentions ${each.name} of ${each.file}`),
    )
    expect([...new Set(missing)]).toEqual([])
  })
})
