/**
 * One generated schedule: a walk that chooses each step from what can happen now. Consumers are moved from gate to gate, and wherever
 * one is held, something else may come in between: entries, faults, removals, a client that leaves.
 *
 * Each walk takes a part of the alphabet, with weights of its own ("swarm testing": a walk that does everything does nothing often
 * enough). What needs many moves is one choice: to come to a promise, to wait through several empty reads. What is to follow is chosen one
 * step ahead, for some stores want to know whether a read is to meet anything.
 */
import type { Json } from '../contract/stream-repository.js'
import { type Random, integer, oneOf, weighted } from '../random/seeded.js'
import { type Schedule, schedule } from '../schedule/schedule.js'
import { type Step, abort, advance, append, disconnect, drop, elsewhere, fail, poison, remove, restart, trim } from '../schedule/step.js'
import type { Chooser, Scene, Standing } from '../stage/chooser.js'

/** What may happen to a subject beside moves and appends. */
export interface Alphabet {
  /** Reads and questions for the tail fail, and connections are cut: for one that goes on after that. */
  readonly retries: boolean
  /** A client that comes back does so with its last id. */
  readonly resumes: boolean
  /** Clients leave, and come back or are followed by new ones. */
  readonly leaves: boolean
  /** Entries of others are appended, too. */
  readonly others: boolean
  /** Entries are removed, and some do not decode. */
  readonly changes: boolean
  /** Appends fail. */
  readonly appendsFail: boolean
  /** Consumers that take part: so many, or one to three as drawn. */
  readonly consumers?: number
}

interface Drawn {
  readonly random: Random
  readonly payload: (random: Random) => Json
  readonly alphabet: Alphabet
  /** Why the store cannot follow a step. */
  readonly lacks: (step: Step) => string | undefined
}

/** What a read returns at most. */
const COUNTS = [10, 10, 1, 2, 3]
/** Sizes of appends, against what one read returns: the usual ones, and how often. */
const SIZES: readonly { readonly weight: number; readonly of: (count: number) => number }[] = [
  { weight: 12, of: () => 1 },
  { weight: 3, of: () => 2 },
  { weight: 3, of: (count) => count },
  { weight: 3, of: (count) => count + 1 },
  { weight: 2, of: (count) => 2 * count + 1 },
]
/** Thresholds that buffers, rings and pages mostly have, and one more. The larger the rarer: each entry takes its time. */
const LARGE: readonly { readonly weight: number; readonly size: number }[] = [
  { weight: 8, size: 17 },
  { weight: 5, size: 65 },
  { weight: 3, size: 257 },
  { weight: 1, size: 1025 },
]
/** One in so many walks has a large append. */
const ONE_IN_LARGE = 6
/** Empty reads in a row. */
const QUIET = [2, 2, 3, 3, 4, 5, 5, 6, 10, 20]
/** Faults in a row. */
const TIMES = [1, 1, 2, 3, 4, 5]
/** Free choices in a walk. */
const LENGTHS = [3, 4, 6, 8, 10, 14]
/** Moves that lead to what was chosen, at most. */
const MAX_LED = 80

/** A consumer is moved until it has come to something. */
interface Lead {
  readonly consumer: number
  left: number
  /** Is it there? */
  readonly until: (consumer: Standing) => boolean
  /** What is done there. */
  readonly then?: Choice | undefined
}

interface Choice {
  readonly weight: number
  /** Undefined where it cannot be done now. */
  readonly steps: (scene: Scene) => readonly Step[] | undefined
  /** It can only be done there. */
  readonly at?: Lead['until']
}

const isOpen = ({ state }: Standing): boolean => state !== 'closed'
/** Can a step of its own take it anywhere? */
const moves = (consumer: Standing): boolean => isOpen(consumer) && !consumer.waitsForEver && consumer.state !== 'waiting'

/** This session has promised delivery, and not only an earlier one of its consumer, whose client may never have heard of it. */
const isPromising = (consumer: Standing): boolean =>
  isOpen(consumer) && consumer.promised && consumer.at !== undefined && !consumer.at.type.startsWith('tail-')

export class Walker implements Chooser {
  readonly schedule: Schedule
  readonly #drawn: Drawn
  readonly #count: number
  readonly #consumers: number
  readonly #choices: readonly Choice[]
  /** How often a free choice is a move of a consumer. */
  readonly #moving: number
  #left: number
  #lead: Lead | undefined
  /** What comes next where it is free: a move of this consumer, or something else. */
  #next: { readonly move: number } | 'other'
  /** Entries so far. */
  #appended = 0
  #large = false
  /** Those whose client has left, and has not come back. */
  readonly #away = new Set<number>()
  /** The first of them begins with an id that its client has kept. */
  #resumes = false
  /** An entry was appended that somebody is owed. */
  #owed = false

  constructor(drawn: Drawn) {
    const { random, alphabet } = (this.#drawn = drawn)
    this.#count = oneOf(random, COUNTS)
    this.#consumers = alphabet.consumers ?? oneOf(random, [1, 1, 1, 1, 2, 2, 3])
    this.#left = oneOf(random, LENGTHS)
    this.#moving = oneOf(random, [0.3, 0.5, 0.7])
    this.#large = integer(random, ONE_IN_LARGE) === 0
    this.#choices = this.#someOf(this.#all())
    this.#next = this.#draw()
    this.schedule = schedule([], { read: { count: this.#count }, consumers: this.#consumers })
    // Most of what can be lost is lost behind a promise.
    if (random() < 0.6) this.#lead = this.#to(0, isPromising)
  }

  lingers(consumer: number): boolean {
    return this.#next === 'other' || this.#next.move !== consumer
  }

  next(scene: Scene): readonly Step[] {
    const steps = this.#led(scene) ?? (this.#left-- > 0 ? this.#free(scene) : this.#last(scene))
    this.#note(scene, steps)
    return steps
  }

  // ── what comes next ──

  /** On to where it is led, if it is. */
  #led({ consumers }: Scene): readonly Step[] | undefined {
    const lead = this.#lead
    if (lead === undefined) return undefined
    const consumer = consumers[lead.consumer]!
    if (lead.left-- > 0 && moves(consumer) && !lead.until(consumer)) return [advance(lead.consumer)]
    this.#lead = undefined
    return lead.then?.steps(scene)
  }

  #free(scene: Scene): readonly Step[] {
    const next = this.#next
    this.#next = this.#draw()
    const other = next === 'other' ? this.#other(scene) : undefined
    return other ?? this.#move(scene, next === 'other' ? 0 : next.move) ?? this.#other(scene) ?? []
  }

  #draw(): { readonly move: number } | 'other' {
    const { random } = this.#drawn
    return random() < this.#moving ? { move: integer(random, this.#consumers) } : 'other'
  }

  /** A move of this one, or of the first that can. */
  #move({ consumers }: Scene, wanted: number): readonly Step[] | undefined {
    const at = moves(consumers[wanted]!) ? wanted : consumers.findIndex(moves)
    return at === -1 ? undefined : [advance(at)]
  }

  /** Something else: here, or where one of the consumers is led first. */
  #other(scene: Scene): readonly Step[] | undefined {
    const { random, lacks } = this.#drawn
    const possible = this.#choices.filter(({ at, steps }) => {
      const made = at === undefined ? steps(scene) : undefined
      return at !== undefined || (made !== undefined && !made.some((step) => lacks(step) !== undefined))
    })
    const choice = weighted(random, possible)
    if (choice === undefined) return undefined
    const until = choice.at ?? (random() < 0.5 ? oneOf(random, LEADS) : undefined)
    const consumer = integer(random, this.#consumers)
    if (until === undefined || !moves(scene.consumers[consumer]!) || until(scene.consumers[consumer]!)) return choice.steps(scene)
    this.#lead = { ...this.#to(consumer, until), then: choice }
    return [advance(consumer)]
  }

  /** Nothing was tried where nobody was owed anything: one who is there is brought to its promise, and given an entry. */
  #last(scene: Scene): readonly Step[] {
    if (this.#owed) return []
    const { consumers } = scene
    const promised = consumers.findIndex(isPromising)
    if (promised !== -1) return [append(1)]
    const open = consumers.findIndex(moves)
    if (open !== -1) {
      this.#lead = this.#to(open, isPromising)
      return this.#led(scene) ?? []
    }
    const [away] = this.#away
    return away === undefined ? [] : this.#back(away)
  }

  // ── what there is to choose from ──

  /** Each of them with a chance of its own, so that some walks are without it and some have it often. */
  #someOf(all: readonly (readonly Choice[])[]): readonly Choice[] {
    const { random } = this.#drawn
    return all.flatMap((group, i) => {
      const factor = i === 0 ? 1 : oneOf(random, [0, 0, 0.5, 1, 3])
      return factor === 0 ? [] : group.map((each) => ({ ...each, weight: each.weight * factor }))
    })
  }

  #all(): readonly (readonly Choice[])[] {
    const { retries, leaves, others, changes, appendsFail } = this.#drawn.alphabet
    return [
      [
        { weight: 6, steps: () => this.#appends() },
        { weight: 3, steps: (scene) => this.#leads(scene) },
      ],
      [{ weight: 2, steps: (scene) => this.#quiet(scene) }],
      ...(retries ? [[{ weight: 3, steps: () => this.#failingRead() }], [{ weight: 4, steps: (scene: Scene) => this.#cut(scene) }]] : []),
      ...(retries ? [[{ weight: 8, steps: (scene: Scene) => this.#failingTail(scene) }]] : []),
      ...(appendsFail ? [[{ weight: 4, steps: () => this.#failingAppend() }]] : []),
      ...(leaves ? [[{ weight: 6, steps: (scene: Scene) => this.#leaves(scene) }]] : []),
      ...(leaves ? [[{ weight: 12, steps: () => this.#comesBack() }]] : []),
      ...(others ? [[{ weight: 5, steps: () => [append(this.#size(), { foreign: true })] }]] : []),
      ...(changes ? [[{ weight: 4, steps: () => this.#poisons() }], [{ weight: 3, steps: () => this.#removes() }]] : []),
      [{ weight: 1, steps: () => [elsewhere(1 + integer(this.#drawn.random, 2))] }],
    ]
  }

  #appends(): readonly Step[] {
    const { random, payload } = this.#drawn
    const size = this.#size()
    const held = random() < 0.3 ? { payloads: [payload(random)] } : {}
    return [append(size, { ...held, ...(size > 1 && random() < 0.1 ? { together: true as const } : {}) })]
  }

  #size(): number {
    const { random } = this.#drawn
    if (this.#large && random() < 0.3) {
      this.#large = false
      return weighted(random, LARGE)!.size
    }
    return weighted(random, SIZES)!.of(this.#count)
  }

  /** To the gate where something is most often forgotten. */
  #leads({ consumers }: Scene): readonly Step[] | undefined {
    const { random } = this.#drawn
    const consumer = integer(random, this.#consumers)
    if (!moves(consumers[consumer]!)) return undefined
    const until = oneOf(random, LEADS)
    this.#lead = this.#to(consumer, until)
    return [advance(consumer)]
  }

  /** Nothing comes for a while. */
  #quiet({ consumers }: Scene): readonly Step[] | undefined {
    const { random } = this.#drawn
    const consumer = integer(random, this.#consumers)
    if (!moves(consumers[consumer]!)) return undefined
    let left = oneOf(random, QUIET)
    let last: unknown
    this.#lead = this.#to(
      consumer,
      ({ at }) => {
        if (at === last || at?.type !== 'read-returned') return false
        last = at
        return at.outcome !== 'empty' || --left <= 0
      },
      8 * left,
    )
    return [advance(consumer)]
  }

  #failingRead(): readonly Step[] {
    const { random } = this.#drawn
    const after = oneOf(random, [0, 0, 1, 2, this.#count + 1])
    return [fail('read', { times: oneOf(random, TIMES), ...(after === 0 ? {} : { after }) })]
  }

  /** Before it asks: later it may never do that again. */
  #failingTail({ consumers }: Scene): readonly Step[] | undefined {
    const asks = consumers[0]!.state === 'new' && !this.#resumes
    return asks ? [fail('tail', { times: oneOf(this.#drawn.random, TIMES) })] : undefined
  }

  #failingAppend(): readonly Step[] {
    const { random } = this.#drawn
    return [fail('append', random() < 0.5 ? {} : { after: 1 }), append(1 + integer(random, 2))]
  }

  /** What follows at once is one transaction with it. */
  #cut({ consumers }: Scene): readonly Step[] | undefined {
    const { random } = this.#drawn
    const blocked = consumers.flatMap(({ state }, index) => (state === 'blocked' ? [index] : []))
    if (blocked.length === 0) return undefined
    const meanwhile = random() < 0.7 ? [append(weighted(random, SIZES)!.of(this.#count))] : []
    return [disconnect(oneOf(random, blocked), { with: meanwhile.length }), ...meanwhile]
  }

  #leaves({ consumers }: Scene): readonly Step[] | undefined {
    const { random } = this.#drawn
    const there = consumers.flatMap(({ state }, index) => (state === 'held' || state === 'blocked' ? [index] : []))
    if (there.length === 0) return undefined
    return [abort(oneOf(random, there))]
  }

  #comesBack(): readonly Step[] | undefined {
    return this.#away.size === 0 ? undefined : this.#back(oneOf(this.#drawn.random, [...this.#away]))
  }

  #back(consumer: number): readonly Step[] {
    const { random, alphabet } = this.#drawn
    return [restart(alphabet.resumes && random() < 0.9 ? 'last-id' : 'tail', consumer)]
  }

  #poisons(): readonly Step[] {
    const { random } = this.#drawn
    const around = () => (random() < 0.7 ? [append(1 + integer(random, 2))] : [])
    return [...around(), poison(oneOf(random, [1, 1, 2, this.#count])), ...around()]
  }

  #removes(): readonly Step[] | undefined {
    const { random } = this.#drawn
    if (this.#appended === 0) return undefined
    const how = random()
    if (how < 0.5) return [remove(1 + integer(random, this.#appended))]
    return [how < 0.9 ? trim(integer(random, 3)) : drop()]
  }

  // ── what is known by that ──

  #to(consumer: number, until: Lead['until'], left = MAX_LED): Lead {
    return { consumer, left, until }
  }

  #note({ consumers }: Scene, steps: readonly Step[]): void {
    const owes = consumers.some(isPromising)
    for (const step of steps) {
      if ('append' in step) this.#appended += step.append
      if ('append' in step && step.foreign !== true && owes) this.#owed = true
      // What is removed, or whose client has left, nobody is owed any more.
      if ('delete' in step || 'trim' in step || 'drop' in step || 'abort' in step) this.#owed = false
      if ('abort' in step) this.#away.add(step.abort)
      if ('restart' in step) {
        this.#away.delete(step.restart)
        if (step.restart === 0) this.#resumes = step.from === 'last-id'
      }
    }
  }
}

const LEADS: readonly Lead['until'][] = [
  isPromising,
  ({ state }) => state === 'blocked',
  ({ at }) => at?.type === 'delivered',
  ({ at }) => at?.type === 'read-returned',
  ({ at }) => at?.type === 'read-called',
]
