/** What a session pulls: the subject's consumer, with a repository and a clock that lead back to the session. */
import { ORIGIN, type StreamId } from '../contract/stream-id.js'
import type { StreamRepository } from '../contract/stream-repository.js'
import type { SessionStart } from '../history/event.js'
import { probe } from '../sources/repository/probe.js'
import type { ScheduleReadOptions } from '../schedule/schedule.js'
import type { ConsumeContext, Subject } from '../subject/subject.js'
import { outsideVirtualTimers, withVirtualTimers } from './clock-of-consumer.js'
import { commandGates } from './command-gates.js'
import type { ConsumerSession } from './consumer-session.js'
import type { Identify } from './session-events.js'
import type { SessionSource } from './session-options.js'

export interface SourceOptions {
  readonly subject: Subject
  readonly repository: StreamRepository
  readonly topic: string
  /** Set where what it asks of other topics is told apart by their names: over the wire a call has a name of its own. */
  readonly only?: string
  readonly read: ScheduleReadOptions
  readonly status: ConsumeContext['status']
  readonly identify: Identify
}

export function sessionSource(options: SourceOptions, start: SessionStart, from: StreamId | undefined): SessionSource {
  const { subject, repository, topic, only, read, status, identify } = options
  const ownTimers = subject.timers === 'system'
  return {
    frames: (session: ConsumerSession) => {
      const context = {
        repository: probe(ownTimers ? outsideVirtualTimers(repository) : repository, session, only),
        topic,
        consumer: session.index,
        clock: { now: () => session.virtualMs, sleep: (ms: number, signal?: AbortSignal) => session.pause(ms, signal) },
        signal: session.signal,
        read,
        status,
        gates: commandGates(session),
        ...(from === undefined ? (start === 'beginning' ? { from: ORIGIN } : {}) : { from }),
      }
      return ownTimers ? withVirtualTimers(session, () => subject.consume(context)) : subject.consume(context)
    },
    entryOf: subject.entryOf,
    isAnnouncement: subject.isAnnouncement,
    ...(subject.isTruncation === undefined ? {} : { isTruncation: subject.isTruncation }),
    identify,
  }
}
