/** What a frame says, by the functions that the subject declares for it. They are the user's, so what they give is looked at. */
import { inspect } from 'node:util'
import type { FrameEntry, Subject } from '../../subject/subject.js'
import { type Frame, UnreadableFrame } from '../source.js'

const NONE: readonly FrameEntry[] = []

/** @throws UnreadableFrame */
export function readFrame(subject: Subject, frame: unknown): Frame {
  const signals = subject.isTruncation !== undefined && asked('isTruncation', frame, subject.isTruncation)
  const announces = subject.isAnnouncement !== undefined && asked('isAnnouncement', frame, subject.isAnnouncement)
  return { announces, signals, entries: announces ? NONE : entriesOf(asked('entryOf', frame, subject.entryOf), frame) }
}

function asked<T>(name: string, frame: unknown, of: (frame: unknown) => T): T {
  try {
    return of(frame)
  } catch (error) {
    throw new UnreadableFrame(`${name} threw for the frame ${shown(frame)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function entriesOf(given: unknown, frame: unknown): readonly FrameEntry[] {
  if (given === undefined || given === null) return NONE
  const entries: readonly unknown[] = Array.isArray(given) ? given : [given]
  for (const entry of entries) {
    const fault = faultOf(entry)
    if (fault !== undefined) throw new UnreadableFrame(`entryOf gave ${shown(given)} for the frame ${shown(frame)}${fault}. ${MAY_GIVE}`)
  }
  return entries as readonly FrameEntry[]
}

const MAY_GIVE = 'It may give { id, data, complete }, with an id (a string), data or both; a list of these; or undefined'

/** What is wrong with it, to go on a sentence with; undefined where nothing is. */
function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return ''
  const { id, data, complete } = entry as Readonly<Record<keyof FrameEntry, unknown>>
  if (id !== undefined && typeof id !== 'string') return `, and the id ${shown(id)} is no string`
  if (complete !== undefined && typeof complete !== 'boolean') return `, and complete is ${shown(complete)}, which is no boolean`
  return id === undefined && data === undefined ? ', which has neither an id nor data' : undefined
}

const LONGEST = 100

/** As code shows it, on one line. */
function shown(value: unknown): string {
  const text = inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY, maxStringLength: LONGEST }).replace(/\s+/g, ' ')
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`
}
