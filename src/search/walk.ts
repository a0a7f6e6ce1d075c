/**
 * One generated schedule: a walk that chooses each step from what can happen now. Consumers are moved from gate to gate, and wherever
 * one is held, something else may come in between (see alphabet.ts).
 *
 * Each walk takes a part of the alphabet, with weights of its own ("swarm testing": a walk that does everything does nothing often
 * enough). What needs many moves is one choice: a consumer is led to where something is to happen, or through several empty reads. What is
 * to follow is chosen one step ahead, for some stores want to know whether a read is to meet anything.
 */
import { integer, oneOf, weighted } from '../random/seeded.js'
import { DEFAULT_READ, type Schedule, schedule } from '../schedule/schedule.js'
import { type Step, advance, append, restart } from '../schedule/step.js'
import type { Chooser, Scene, Standing } from '../stage/chooser.js'
import {
  type Alphabet,
  CHOSEN,
  type Drawing,
  type Letter,
  PLACES,
  type Place,
  isPromising,
  lettersOf,
  moves,
  prologues,
} from './alphabet.js'

/** What a read returns at most. */
const COUNTS = [10, 10, 1, 2, 3]
/** The same where many entries come at once. */
const LARGE_COUNTS = [10, 10, 100, 300, 2]
/** How many consumers take part, where the subject does not say. */
const CONSUMERS = [1, 1, 1, 1, 2, 2, 3]
/** Free choices in a walk. */
const LENGTHS = [2, 3, 4, 6, 8, 12]
/** How often a free choice is a move of a consumer. */
const MOVING = [0.3, 0.5, 0.7]
/** How often one that is held at several gates keeps the oldest of them, and goes on beside it. */
const KEEPING = [0, 0.2, 0.5, 0.9]
/** By what the weight of a letter is multiplied, drawn for each walk: half of them are left out. */
const FACTORS = [0, 0, 0, 0.5, 1, 3]
/** Moves that lead to a place, at most. */
const MAX_LED = 60
/** So many empty reads in a row lead nowhere: what is to happen there happens here. */
const MAX_EMPTY = 2

/** A consumer is moved until it has come to a place. */
interface Lead {
  readonly consumer: number
  left: number
  readonly until: Place
  /** What is done there. */
  readonly there?: Letter | undefined
}

const ENTRY: Letter = { weight: 1, steps: () => [append(1)] }

/** What comes next where it is free: a move of this consumer, or something else. */
type Next = { readonly move: number } | 'other'

export interface WalkOptions extends Pick<Drawing, 'random' | 'payload'> {
  readonly alphabet: Alphabet
  /** Why the store cannot follow a step. */
  readonly lacks: (step: Step) => string | undefined
  /** What has happened before: it goes on from there. Default: nothing. */
  readonly from?: Schedule | undefined
}

export class Walker implements Chooser {
  readonly schedule: Schedule
  readonly #options: WalkOptions
  readonly #drawing: Drawing
  readonly #letters: readonly Letter[]
  readonly #moving: number
  readonly #keeping: number
  #left: number
  #lead: Lead | undefined
  #next: Next
  /** Before anybody moves. */
  #prologue: readonly Step[] = []
  /** How often one is still brought to a promise in the end. */
  #tries = 3

  constructor(options: WalkOptions) {
    const { random, payload, alphabet, from } = (this.#options = options)
    const large = integer(random, 4) === 0
    this.schedule = from ?? begun(options, large)
    const { consumers = 1, read } = this.schedule
    this.#drawing = {
      random,
      payload,
      count: read.count,
      consumers,
      alphabet,
      appended: 0,
      owed: false,
      finished: false,
      chosen: undefined,
      large,
      away: new Set(),
    }
    this.#left = oneOf(random, LENGTHS)
    this.#moving = oneOf(random, MOVING)
    this.#keeping = oneOf(random, KEEPING)
    this.#letters = this.#someOf(lettersOf(alphabet))
    this.#next = this.#draw()
    for (const step of this.schedule.steps) this.#noteStep(step)
    if (from !== undefined) return
    if (alphabet.ids && integer(random, 6) === 0) this.#drawing.chosen = oneOf(random, CHOSEN)
    this.#prologue = this.#possible(weighted(random, prologues(this.#drawing))!.steps) ?? []
    // Most of what can be lost is lost behind a promise.
    if (random() < 0.6) this.#lead = this.#to(0, isPromising)
  }

  lingers(consumer: number): boolean {
    return this.#next === 'other' || this.#next.move !== consumer
  }

  next(scene: Scene): readonly Step[] {
    const steps = this.#begun() ?? this.#led(scene) ?? (this.#left-- > 0 ? this.#free(scene) : this.#last(scene))
    this.#note(scene, steps)
    return steps
  }

  #begun(): readonly Step[] | undefined {
    const steps = this.#prologue
    this.#prologue = []
    return steps.length === 0 ? undefined : steps
  }

  /** On to where it is led, if it is. */
  #led(scene: Scene): readonly Step[] | undefined {
    const lead = this.#lead
    if (lead === undefined) return undefined
    const consumer = scene.consumers[lead.consumer]!
    if (lead.left-- > 0 && moves(consumer) && !lead.until(consumer)) return [this.#advance(lead.consumer, consumer)]
    this.#lead = undefined
    const { there } = lead
    // What can be done at one place only is not done where that was not come to.
    return there?.at?.(consumer) === false ? undefined : there && this.#spell(there, scene)
  }

  #free(scene: Scene): readonly Step[] {
    const next = this.#next
    this.#next = this.#draw()
    const other = next === 'other' ? this.#other(scene) : undefined
    return other ?? this.#move(scene, next === 'other' ? 0 : next.move) ?? this.#other(scene) ?? this.#last(scene)
  }

  #draw(): Next {
    const { random, consumers } = this.#drawing
    return random() < this.#moving ? { move: integer(random, consumers) } : 'other'
  }

  /** A move of this one, or of the first that can. */
  #move({ consumers }: Scene, wanted: number): readonly Step[] | undefined {
    const at = moves(consumers[wanted]!) ? wanted : consumers.findIndex(moves)
    return at === -1 ? undefined : [this.#advance(at, consumers[at]!)]
  }

  /** Of one that does several things side by side, any of them may go first. */
  #advance(consumer: number, { choices }: Standing): Step {
    const { random } = this.#drawing
    const held = choices > 1 && random() < this.#keeping ? 1 + integer(random, choices - 1) : 0
    return advance(consumer, { held })
  }

  /** Something else: here, or where one of the consumers is led first. */
  #other(scene: Scene): readonly Step[] | undefined {
    const { random, consumers } = this.#drawing
    const letter = weighted(
      random,
      this.#letters.filter(({ late, can }) => (late || !this.#drawing.finished) && (can === undefined || can(scene, this.#drawing))),
    )
    if (letter === undefined) return undefined
    const until = letter.at ?? (random() < 0.5 ? oneOf(random, PLACES) : undefined)
    const index = integer(random, consumers)
    const consumer = scene.consumers[index]!
    if (until === undefined || !moves(consumer) || until(consumer)) return this.#spell(letter, scene)
    this.#lead = { ...this.#to(index, until), there: letter }
    return [this.#advance(index, consumer)]
  }

  #spell(letter: Letter, scene: Scene): readonly Step[] | undefined {
    if (letter.can !== undefined && !letter.can(scene, this.#drawing)) return undefined
    if ('steps' in letter) return this.#possible(letter.steps(this.#drawing, scene))
    const first = scene.consumers.findIndex(moves)
    if (first === -1) return undefined
    const through = letter.through(this.#drawing, scene)
    if (through === undefined) return undefined
    const { steps: asked = [], consumer = first, ...way } = through
    const steps = this.#possible(asked)
    if (steps === undefined) return undefined
    this.#lead = { consumer, ...way }
    return steps.length > 0 ? steps : this.#led(scene)
  }

  #possible(steps: readonly Step[] | undefined): readonly Step[] | undefined {
    return steps?.some((step) => this.#options.lacks(step) !== undefined) ? undefined : steps
  }

  /** Nothing was tried where nobody was owed anything: one who is there is brought to its promise, and given an entry. */
  #last(scene: Scene): readonly Step[] {
    const { consumers } = scene
    if (this.#drawing.owed || this.#drawing.finished || this.#tries === 0) return []
    if (consumers.some(isPromising)) return [append(1)]
    this.#tries--
    const open = consumers.findIndex(moves)
    if (open !== -1) {
      // One that promises nothing yet may do so with its first entry.
      this.#lead = { ...this.#to(open, isPromising), there: this.#tries > 0 ? ENTRY : undefined }
      return this.#led(scene) ?? []
    }
    const [away] = this.#drawing.away
    return away === undefined ? [] : [restart(this.#drawing.alphabet.resumes ? 'last-id' : 'tail', away)]
  }

  #someOf(letters: readonly Letter[]): readonly Letter[] {
    const { random } = this.#drawing
    return letters.map((letter) => ({ ...letter, weight: letter.weight * (letter.always ? 1 : oneOf(random, FACTORS)) }))
  }

  #to(consumer: number, place: Place): Lead {
    let last: unknown
    let empty = 0
    const until: Place = (standing) => {
      if (place(standing)) return true
      const { at } = standing
      if (at === last || at?.type !== 'read-returned') return false
      last = at
      empty = at.outcome === 'empty' ? empty + 1 : 0
      return empty >= MAX_EMPTY
    }
    return { consumer, left: MAX_LED, until }
  }

  #note({ consumers }: Scene, steps: readonly Step[]): void {
    let owes = consumers.some(isPromising)
    for (const step of steps) {
      const left = leftBy(step)
      if ('append' in step && step.foreign !== true && owes) this.#drawing.owed = true
      // What is removed, or whose client has left, nobody is owed any more.
      if ('delete' in step || 'trim' in step || 'drop' in step || left !== undefined) this.#drawing.owed = false
      owes &&= left === undefined
      this.#noteStep(step)
    }
  }

  #noteStep(step: Step): void {
    const left = leftBy(step)
    if ('append' in step) this.#drawing.appended += step.append
    if (('append' in step && step.ids === undefined) || 'poison' in step) this.#drawing.chosen = undefined
    if ('finish' in step) this.#drawing.finished = true
    if (left !== undefined) this.#drawing.away.add(left)
    if ('restart' in step) this.#drawing.away.delete(step.restart)
  }
}

/** With nothing done yet. */
function begun({ random, alphabet }: WalkOptions, large: boolean): Schedule {
  const count = oneOf(random, large ? LARGE_COUNTS : COUNTS)
  const timeoutMs = integer(random, 12) === 0 ? 0 : DEFAULT_READ.timeoutMs
  return schedule([], { read: { count, timeoutMs }, consumers: alphabet.consumers ?? oneOf(random, CONSUMERS) })
}

/** Whose client goes away with it, if any does. */
const leftBy = (step: Step): number | undefined => ('abort' in step ? step.abort : 'leave' in step ? step.leave : undefined)
