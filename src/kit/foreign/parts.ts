/** What programs from elsewhere are declared with, and the few things that they share. The loops are their own. */
import { entryOf, type Frame, frameOfEntry, isAnnouncement, resumeIdOf } from '../../consumers/loops.js'
import { compareIds, parseStreamId } from '../../contract/stream-id.js'
import type { ReadOptions, StreamEntry, StreamRepository } from '../../contract/stream-repository.js'
import type { AnomalyCode } from '../../oracle/anomaly.js'
import type { CulpritName } from '../../oracle/catalogue/culprits.js'
import { type Schedule, type ScheduleReadOptions, schedule } from '../../schedule/schedule.js'
import type { Step } from '../../schedule/step.js'
import type { ConsumeContext, DialectName, SubjectDefinition } from '../../subject/subject.js'
import { openCorrect } from '../mutants/open.js'

/** A program on either store, right or wrong. */
export interface Program {
  /** kebab-case, unique. */
  readonly name: string
  /** What it does, or what is wrong with it, in one line. */
  readonly summary: string
  subject(store: DialectName): SubjectDefinition
}

/** A program with a mistake in it. */
export interface BrokenProgram extends Program {
  /** The rule that it breaks. */
  readonly breaks: string
  /** What may be named as the cause: culprits of losses, or anomalies that stand for themselves. Whoever finds it for anything else sends its reader to the wrong place. */
  readonly causes: readonly (CulpritName | AnomalyCode)[]
  /** A schedule that convicts it: what a search needs to find it can be read off this. Missing where no schedule is known that does. */
  readonly shownBy?: Schedule
}

/** Programs in one style: with the same code the right ones are right and the others wrong. */
export interface Family {
  readonly style: string
  readonly right: readonly Program[]
  readonly broken: readonly BrokenProgram[]
}

export type Frames = AsyncGenerator<Frame, void, undefined>

/** What a subject is made of. Unless it says otherwise it hands out the frames of the reference consumers, and its clients may come back. */
export interface Parts extends Omit<SubjectDefinition<Frame>, 'name' | 'store' | 'open'> {
  readonly repository?: (correct: StreamRepository) => StreamRepository
}

export const right = (name: string, summary: string, { repository, ...parts }: Parts): Program => ({
  name,
  summary,
  subject: (store) => {
    const subject: SubjectDefinition<Frame> = {
      name: `foreign/${name}`,
      store,
      open: async (context) => {
        const correct = await openCorrect(store, context)
        return repository?.(correct) ?? correct
      },
      ...(parts.consume === undefined ? {} : { entryOf, isAnnouncement, resumeIdOf, capabilities: { resumes: true } }),
      ...parts,
    }
    return subject
  },
})

interface Mistake extends Parts {
  readonly summary: string
  readonly breaks: string
  readonly causes: BrokenProgram['causes']
  readonly steps?: readonly Step[]
  readonly consumers?: number
  readonly read?: Partial<ScheduleReadOptions>
}

export const broken = (name: string, { summary, breaks, causes, steps, consumers = 1, read = {}, ...parts }: Mistake): BrokenProgram => ({
  ...right(name, summary, parts),
  breaks,
  causes,
  ...(steps === undefined ? {} : { shownBy: schedule(steps, { read, consumers }) }),
})

/** What it may be called that a program keeps to itself what it was given: a repeat, or one of before, where it looks like that. */
export const DROPPED = ['dropped', 'taken-for-known', 'taken-for-old'] as const

/** The same step again. */
export const times = (count: number, step: Step): Step[] => Array.from({ length: count }, () => step)

/**
 * What the sessions of one topic have in common in their process. It belongs to the repository that was opened, so that nothing of it
 * lasts longer than that.
 */
export function inProcess<T extends object>(make: () => T): (context: ConsumeContext) => T {
  const key = Symbol('in process')
  return ({ repository, topic }) => {
    const owner = repository as unknown as Record<symbol, Map<string, T> | undefined>
    const states = (owner[key] ??= new Map<string, T>())
    const known = states.get(topic)
    if (known !== undefined) return known
    const made = make()
    states.set(topic, made)
    return made
  }
}

/** One read as a list. @throws what the read throws, with nothing kept of what came before. */
export async function pageAfter(
  { repository, topic, read, signal }: ConsumeContext,
  id: string,
  options: Partial<ReadOptions> = {},
): Promise<StreamEntry[]> {
  const entries: StreamEntry[] = []
  for await (const entry of repository.readMessages(topic, id, { ...read, signal, ...options })) entries.push(entry)
  return entries
}

/** Where a client starts; it asks until it gets an answer. Undefined where its client has left. */
export async function startOf({ repository, topic, from, clock, signal }: ConsumeContext): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      return from ?? (await repository.getStreamTailId(topic))
    } catch {
      await clock.sleep(250, signal)
    }
  }
  return undefined
}

export const connected = (cursor: string): Frame => ({ type: 'connected', cursor })
export const frameOf: (entry: StreamEntry) => Frame = frameOfEntry

export const isAbove = (a: string, b: string): boolean => compareIds(parseStreamId(a), parseStreamId(b)) > 0

/** Whoever waits here is woken by the next ring, or by one that came before it waited. */
export class Bell {
  #rung = false
  #wake = () => {}

  constructor(signal?: AbortSignal) {
    signal?.addEventListener('abort', () => this.ring())
  }

  ring(): void {
    this.#rung = true
    this.#wake()
  }

  async heard(): Promise<void> {
    if (!this.#rung) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#rung = false
  }
}
