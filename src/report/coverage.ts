/**
 * What was tried, and what was not: which disturbances fell where, counted over the schedules of a subject that have shown anything.
 *
 * A place is a gate that a consumer was held at, with the window that it had open there: `read-called @empty-gap`. A disturbance is what came
 * in between: an append, a fault, a client that leaves. Both are read off the history alone, so only what took effect counts: a fault that no
 * call met is not in there, nor is a removal that removed nothing. What a step does many times at one place, such as appending a thousand
 * entries, counts once. Where a consumer is held at several gates side by side, its place is the one that it came to last.
 *
 * Each place and disturbance together say one of three things: how often it was tried; that it could have been, and was not (0); or that it
 * cannot be there (missing), for want of the gate, or because the subject or its store does not take it.
 */
import { type EventOf, FENCE, type History, type HistoryEvent, isInjected } from '../history/event.js'
import { OpenWindow, WINDOWS, type Window } from '../oracle/window.js'
import { GATES, type Gate } from '../schedule/gate.js'
import type { Schedule } from '../schedule/schedule.js'
import type { Step } from '../schedule/step.js'

/** Where a consumer is held. */
export interface Place {
  readonly gate: Gate
  /** Missing where its session has ended: nothing is open then. */
  readonly window?: Window
}

/** Everywhere but where the session is over. */
const inSession = ({ gate }: Place) => gate !== 'closed'
/** A cut connection has not come back: only what is one transaction with the cut can fall there. */
const isCut = ({ gate, window }: Place) => gate === 'blocked' && window === 'error-gap'
const isBlocked = (place: Place) => place.gate === 'blocked' && !isCut(place)

interface DisturbanceRecord {
  /** A few words, as reports show it. */
  readonly words: string
  /** Where it can take effect. `wire`: behind the wire probe. */
  readonly at: (place: Place, wire: boolean) => boolean
}

/** By name, in the order of reports. */
export const DISTURBANCES = {
  append: { words: 'append', at: () => true },
  'other-writer': { words: 'append by another writer', at: (place) => !isCut(place) },
  foreign: { words: 'append for others', at: (place) => !isCut(place) },
  'failing-append': { words: 'failing append', at: (place) => !isCut(place) },
  poison: { words: 'undecodable entry', at: () => true },
  removal: { words: 'removal', at: () => true },
  elsewhere: { words: 'append to another topic', at: (place) => inSession(place) && !isCut(place) },
  finish: { words: 'status done', at: (place) => inSession(place) && !isCut(place) },
  'failing-tail': { words: 'failing tail', at: ({ gate }) => gate === 'tail-called' },
  'failing-read': {
    words: 'failing read',
    // After a part of its batch it may fail everywhere but on the wire, where an answer comes as a whole.
    at: (place, wire) =>
      place.gate === 'read-called' || isBlocked(place) || (!wire && place.gate === 'read-returned' && place.window === 'batch-gap'),
  },
  cut: { words: 'connection cut', at: (place, wire) => isBlocked(place) || (wire && inSession(place)) },
  'time-out': { words: 'time-out', at: isBlocked },
  leaving: { words: 'leaving client', at: (place) => inSession(place) && !isCut(place) },
  returning: { words: 'returning client', at: (place) => inSession(place) && !isCut(place) },
} as const satisfies Record<string, DisturbanceRecord>

/** What may come in between while a consumer is held. `returning` is counted where the session had ended that the client comes back from. */
export type Disturbance = keyof typeof DISTURBANCES

export const DISTURBANCE_NAMES = Object.keys(DISTURBANCES) as readonly Disturbance[]

/** Of a later version there may be others: they are called by their names. */
export const wordsOf = (name: string): string => (isDisturbance(name) ? DISTURBANCES[name].words : name)

const isDisturbance = (name: string): name is Disturbance => Object.hasOwn(DISTURBANCES, name)

/** A place, and what fell there. */
export interface CoveredPlace extends Place {
  /** How many steps were performed while a consumer was held there. */
  readonly held: number
  /** How often each disturbance fell there: 0 where it could have, missing where it cannot. */
  readonly fell: Readonly<Partial<Record<Disturbance, number>>>
}

/** How often it fell there: 0 where it could have, undefined where it cannot. */
export const timesAt = ({ fell }: CoveredPlace, what: Disturbance): number | undefined =>
  Object.hasOwn(fell, what) ? fell[what] : undefined

/** What was tried on one subject. */
export interface Coverage {
  /** The schedules that it was counted over: those with a verdict. */
  readonly schedules: number
  /** Those that a consumer came to, in the order of gates and windows. */
  readonly places: readonly CoveredPlace[]
}

/** What a subject and its store take. */
export interface Takes {
  readonly disturbances: ReadonlySet<Disturbance>
  /** It is behind the wire probe. */
  readonly wire: boolean
}

// ── Counting ──

/** Counts, one history after the other. */
export class Tally {
  #schedules = 0
  readonly #places = new Map<number, Counted>()

  /** @param schedule that was performed, with the steps that were chosen as it went. */
  note({ history, schedule }: { readonly history: History; readonly schedule: Schedule }): void {
    this.#schedules++
    const consumers: Look[] = []
    const others = new Others(schedule)
    for (const event of history) {
      const { consumer } = event as { readonly consumer?: number }
      if (consumer !== undefined) (consumers[consumer] ??= new Look(this.#at)).note(event)
      else if (event.type === 'step') {
        const step = others.begin(event)
        for (const look of consumers) look?.begin()
        if (step !== undefined && 'advance' in step) consumers[step.advance]?.move()
      } else others.note(event, consumers)
    }
  }

  /** What another has counted, too. */
  add(other: Tally): void {
    this.#schedules += other.#schedules
    for (const { gate, window, held, fell } of other.#places.values()) {
      const mine = this.#at(gate, window)
      mine.held += held
      for (const [at, n] of fell.entries()) mine.fell[at]! += n
    }
  }

  /** Undefined where no consumer came to a gate. */
  coverage({ disturbances, wire }: Takes): Coverage | undefined {
    if (this.#places.size === 0) return undefined
    const places = [...this.#places.values()].map(({ gate, window, held, fell: times }): CoveredPlace => {
      const place: Place = window === undefined ? { gate } : { gate, window }
      const fell: { [name in Disturbance]?: number } = {}
      for (const [at, name] of DISTURBANCE_NAMES.entries()) {
        const n = times[at]!
        // What it does not take has no effect on it: a status that it never asks for, for one.
        if (disturbances.has(name) && (n > 0 || DISTURBANCES[name].at(place, wire))) fell[name] = n
      }
      return { ...place, held, fell }
    })
    return { schedules: this.#schedules, places: places.sort(inOrder) }
  }

  readonly #at = (gate: Gate, window: Window | undefined): Counted => {
    const key = rankAt(gate, window)
    let place = this.#places.get(key)
    if (place === undefined) this.#places.set(key, (place = new Counted(gate, window)))
    return place
  }
}

/** A place, while it is counted. */
class Counted {
  held = 0
  /** By the order of the disturbances. */
  readonly fell: number[] = DISTURBANCE_NAMES.map(() => 0)

  constructor(
    readonly gate: Gate,
    readonly window: Window | undefined,
  ) {}
}

const INDEX = Object.fromEntries(DISTURBANCE_NAMES.map((name, at) => [name, at])) as Readonly<Record<Disturbance, number>>
const RANKS: ReadonlyMap<string, number> = new Map(GATES.map((gate, at) => [gate, at * (WINDOWS.length + 1)]))
const WINDOW_RANKS: ReadonlyMap<Window, number> = new Map(WINDOWS.map((window, at) => [window, at + 1]))
const isGate = (event: HistoryEvent): event is EventOf<Gate> => RANKS.has(event.type)

/** What a consumer does between two gates. */
const ON_ITS_WAY: ReadonlySet<HistoryEvent['type']> = new Set(['tail-sent', 'read-sent', 'read-entry', 'read-ended', 'signalled', 'part'])

/** One consumer, as its events are gone through. */
class Look {
  readonly #window = new OpenWindow()
  /** The last gate that it came to. */
  #place: Counted | undefined
  /** It is there still. */
  #held = false
  /** Its session is over, or its client has left it: what it comes to then, nobody looks at. */
  #over = false
  /** Where its session ended. */
  #leftAt: Counted | undefined
  /** Where it asked for the tail, sent its read, and got that back, each the last time. */
  #asked: Counted | undefined
  #sent: Counted | undefined
  #back: Counted | undefined
  /** The last read that failed before it gave anything: that it has ended says no more. */
  #failed = 0
  /** What has fallen at this place in this step, as bits. */
  #fallen = 0

  constructor(readonly at: (gate: Gate, window: Window | undefined) => Counted) {}

  /** A step begins. */
  begin(): void {
    this.#fallen = 0
    if (this.#held) this.#place!.held++
  }

  /** It is let go of. Where nothing is seen of it then, it waits in its process, and is held nowhere. */
  move(): void {
    this.#held &&= this.#over
  }

  /** What somebody else does. */
  meet(what: Disturbance): void {
    if (this.#held) this.#fell(what, this.#place)
  }

  note(event: HistoryEvent): void {
    if (!this.#over) this.#strike(event)
    this.#window.follow(event)
    switch (event.type) {
      case 'session':
        if (this.#leftAt !== undefined && event.session > 0) this.#fell('returning', this.#leftAt)
        this.#over = this.#held = false
        this.#place = this.#leftAt = undefined
        return
      case 'aborted':
        this.#leave()
        return
      case 'closed':
        this.#leave()
        this.#come(this.at('closed', undefined))
        return
      case 'disconnected':
        if (this.#place !== undefined && !this.#over) this.#come(this.at(this.#place.gate, this.#window.name))
        return
      default:
        if (this.#over) return
        if (isGate(event)) this.#gate(event)
        else if (ON_ITS_WAY.has(event.type)) this.#held = false
    }
  }

  #gate(event: EventOf<Gate>): void {
    const place = this.at(event.type, this.#window.name)
    this.#come(place)
    if (event.type === 'tail-called') this.#asked = place
    else if (event.type === 'read-called' || event.type === 'blocked') this.#sent = place
    else if (event.type === 'read-returned') this.#back = place
  }

  /** What strikes it alone. */
  #strike(event: HistoryEvent): void {
    switch (event.type) {
      case 'aborted':
        return this.#fell('leaving', this.#place)
      case 'disconnected':
        return this.#fell('cut', this.#place)
      case 'expired':
        return this.#fell('time-out', this.#place)
      case 'tail-returned':
        if (isInjected(event.error)) this.#fell('failing-tail', this.#asked)
        return
      case 'read-returned':
        if (event.outcome === 'error') this.#failed = event.read
        if (isInjected(event.error)) this.#fell('failing-read', this.#sent)
        return
      case 'read-ended':
        if (isInjected(event.error) && event.read !== this.#failed) this.#fell('failing-read', this.#back)
        return
      default:
    }
  }

  #come(place: Counted): void {
    this.#place = place
    this.#held = true
    this.#fallen = 0
  }

  #leave(): void {
    this.#leftAt ??= this.#place
    this.#over = true
    this.#held = false
  }

  #fell(what: Disturbance, place: Counted | undefined): void {
    const index = INDEX[what]
    if (place === undefined || (this.#fallen & (1 << index)) !== 0) return
    this.#fallen |= 1 << index
    place.fell[index]!++
  }
}

/** What the producer does. */
class Others {
  readonly #steps: readonly Step[]
  #step: Step | undefined
  /** Entries under way that are not owed to everybody: by value. */
  readonly #notForAll = new Map<string, EventOf<'append-called'>>()

  constructor({ steps }: Schedule) {
    this.#steps = steps
  }

  begin({ index }: EventOf<'step'>): Step | undefined {
    return (this.#step = this.#steps[index])
  }

  note(event: HistoryEvent, consumers: readonly (Look | undefined)[]): void {
    const meet = (what: Disturbance) => {
      for (const look of consumers) look?.meet(what)
    }
    switch (event.type) {
      case 'append-called':
        if (event.withheldFrom !== undefined || event.optionalFor !== undefined) this.#notForAll.set(event.value, event)
        return
      case 'append-returned':
        return event.value === FENCE ? undefined : this.#appended(event, consumers)
      case 'poisoned':
        return meet('poison')
      case 'removed':
        return event.ids.length === 0 ? undefined : meet('removal')
      case 'elsewhere':
        return meet('elsewhere')
      case 'finished':
        return meet('finish')
      default:
    }
  }

  #appended({ value, outcome }: EventOf<'append-returned'>, consumers: readonly (Look | undefined)[]): void {
    const own = this.#step !== undefined && 'append' in this.#step && this.#step.writer !== undefined ? 'other-writer' : 'append'
    const about = this.#notForAll.get(value)
    for (let index = 0; index < consumers.length; index++) {
      const foreign = about !== undefined && (about.withheldFrom?.includes(index) || about.optionalFor?.includes(index))
      consumers[index]?.meet(outcome !== 'ok' ? 'failing-append' : foreign ? 'foreign' : own)
    }
  }
}

// ── What it comes to ──

const rankOf = ({ gate, window }: Place): number => rankAt(gate, window)

/** Looked up at every gate that is come to. */
const rankAt = (gate: Gate, window: Window | undefined): number => RANKS.get(gate)! + (window === undefined ? 0 : WINDOW_RANKS.get(window)!)

const inOrder = (a: Place, b: Place): number => rankOf(a) - rankOf(b)

/** Of the parts of a run: what either could be disturbed by, the whole could. */
export function addCoverage(a: Coverage, b: Coverage): Coverage {
  const places = new Map(a.places.map((place) => [rankOf(place), place]))
  for (const place of b.places) {
    const known = places.get(rankOf(place))
    places.set(rankOf(place), known === undefined ? place : bothOf(known, place))
  }
  return { schedules: a.schedules + b.schedules, places: [...places.values()].sort(inOrder) }
}

function bothOf(a: CoveredPlace, b: CoveredPlace): CoveredPlace {
  const names = [...DISTURBANCE_NAMES, ...Object.keys(a.fell), ...Object.keys(b.fell)] as Disturbance[]
  const known = [...new Set(names)].filter((name) => (timesAt(a, name) ?? timesAt(b, name)) !== undefined)
  const fell = Object.fromEntries(known.map((name) => [name, (timesAt(a, name) ?? 0) + (timesAt(b, name) ?? 0)]))
  return { ...a, held: a.held + b.held, fell }
}

/** Something that could have been tried, and was not: a disturbance at no place, any of them at one place, or one at one. */
export type Untried =
  | { readonly what: Disturbance; readonly place?: undefined }
  | { readonly what?: undefined; readonly place: Place }
  | { readonly what: Disturbance; readonly place: Place }

export interface CoverageSummary {
  /** Combinations of a place and a disturbance that there could have been, and those that there were. */
  readonly possible: number
  readonly tried: number
  /** What fell nowhere, and where nothing fell; then one by one, by how long a consumer was there. */
  readonly untried: readonly Untried[]
  /** Disturbances that can fall somewhere, in the order of reports. */
  readonly columns: readonly Disturbance[]
  /** Gates that no consumer came to. */
  readonly neverAt: readonly Gate[]
}

export function summaryOf({ places }: Coverage): CoverageSummary {
  const cells = places.flatMap((place) =>
    Object.entries(place.fell).map(([name, times]) => ({ place, what: name as Disturbance, times: times ?? 0 })),
  )
  const tried = cells.filter(({ times }) => times > 0)
  const fallen = new Set(tried.map(({ what }) => what))
  const met = new Set(tried.map(({ place }) => place))
  const columns = [...new Set([...DISTURBANCE_NAMES, ...cells.map(({ what }) => what)])].filter((name) =>
    cells.some(({ what }) => what === name),
  )
  const longest = (a: { readonly place: CoveredPlace }, b: { readonly place: CoveredPlace }) => b.place.held - a.place.held
  const seen = new Set(places.map(({ gate }) => gate))
  return {
    possible: cells.length,
    tried: tried.length,
    untried: [
      ...columns.filter((what) => !fallen.has(what)).map((what) => ({ what })),
      ...places
        .filter((place) => !met.has(place) && Object.keys(place.fell).length > 0)
        .map((place) => ({ place }))
        .sort(longest),
      ...cells.filter(({ what, place, times }) => times === 0 && fallen.has(what) && met.has(place)).sort(longest),
    ],
    columns,
    neverAt: GATES.filter((gate) => !seen.has(gate)),
  }
}

/** `read-called @empty-gap`, as a loss carries its window. */
export const placeText = ({ gate, window }: Place): string => (window === undefined ? gate : `${gate} @${window}`)

/** `no removal at read-called @empty-gap`, `no removal anywhere`, `nothing at closed`. */
export function untriedText({ what, place }: Untried): string {
  const none = what === undefined ? 'nothing' : `no ${wordsOf(what)}`
  return place === undefined ? `${none} anywhere` : `${none} at ${placeText(place)}`
}
