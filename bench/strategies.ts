/**
 * Strategies that bursts are compared with, over the same alphabet (see src/search/alphabet.ts): one consumer and its environment take turns,
 * and all that differs is who goes next.
 */
import { type Random, integer, oneOf, seeded } from '../src/random/seeded.js'
import { schedule } from '../src/schedule/schedule.js'
import { type Step, advance } from '../src/schedule/step.js'
import { type Drawing, EVERYTHING, lettersOf, moves } from '../src/search/alphabet.js'
import { type Strategy, type Walk, strategy } from '../src/search/strategy.js'
import type { Chooser, Scene } from '../src/stage/chooser.js'

/** Turns in a schedule. */
export const TURNS = 24
const COUNTS = [10, 10, 1, 2, 3]
const THREADS = ['consumer', 'environment'] as const

type Thread = (typeof THREADS)[number]

/** Says whose turn it is, of those that can do something. */
type Scheduler = (able: readonly Thread[]) => Thread

class Turns implements Chooser {
  readonly #letters = lettersOf(EVERYTHING)
  readonly #drawing: Drawing
  #left = TURNS

  constructor(
    random: Random,
    count: number,
    readonly scheduler: Scheduler,
  ) {
    const alphabet = { ...EVERYTHING, consumers: 1 }
    this.#drawing = {
      random,
      payload: () => 'x',
      alphabet,
      count,
      consumers: 1,
      appended: 0,
      owed: false,
      finished: false,
      chosen: undefined,
      large: false,
      away: new Set(),
    }
  }

  /** The model asks for nothing of the kind. */
  lingers(): boolean {
    return true
  }

  next(scene: Scene): readonly Step[] {
    while (this.#left-- > 0) {
      const thread = this.scheduler(THREADS.filter((each) => each === 'environment' || moves(scene.consumers[0]!)))
      const steps = thread === 'consumer' ? [advance()] : this.#letter(scene)
      for (const step of steps) this.#note(step)
      if (steps.length > 0) return steps
    }
    return []
  }

  /** Any that can be, each as likely. */
  #letter(scene: Scene): readonly Step[] {
    const able = this.#letters.flatMap((letter) => ('steps' in letter && letter.can?.(scene, this.#drawing) !== false ? [letter] : []))
    return oneOf(this.#drawing.random, able).steps(this.#drawing, scene) ?? []
  }

  #note(step: Step): void {
    if ('append' in step) this.#drawing.appended += step.append
    if ('abort' in step || 'leave' in step) this.#drawing.away.add(0)
    if ('restart' in step) this.#drawing.away.delete(0)
  }
}

/** So many schedules, each with a chance of its own. */
const turns = (by: string, runs: number, seed: number, schedulerOf: (random: Random) => Scheduler): Strategy<void> => {
  function* walk(): Walk {
    for (let number = 1; number <= runs; number++) {
      const random = seeded(seed, `${by} ${number}`)
      const count = oneOf(random, COUNTS)
      yield { by, schedule: schedule([], { read: { count } }), chooser: new Turns(random, count, schedulerOf(random)) }
    }
  }
  return strategy(walk(), () => undefined)
}

/** Whose turn it is, and what the environment does, is uniform. */
export const randomWalk = (runs: number, seed: number): Strategy<void> =>
  turns('random walk', runs, seed, (random) => (able) => oneOf(random, able))

/** How many constraints on the order of steps a bug may need for the bound to hold. */
export const PCT_DEPTH = 6

/** n·k^(d-1): one schedule in so many, at least, shows a bug of depth d among n threads in k steps. */
export const PCT_ONE_IN = THREADS.length * TURNS ** (PCT_DEPTH - 1)

/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): whoever can and has the highest priority goes. Priorities are drawn, and
 * at each of d - 1 drawn turns, the one whose turn it is falls below all others.
 */
export const pct = (runs: number, seed: number): Strategy<void> =>
  turns('PCT', runs, seed, (random) => {
    const [first, second] = random() < 0.5 ? THREADS : THREADS.toReversed()
    const priority = new Map([
      [first, PCT_DEPTH + 1],
      [second, PCT_DEPTH],
    ])
    const falls = new Map(Array.from({ length: PCT_DEPTH - 1 }, (_, i) => [integer(random, TURNS), PCT_DEPTH - 1 - i]))
    let turn = 0
    return (able) => {
      const thread = able.reduce((a, b) => (priority.get(b)! > priority.get(a)! ? b : a))
      priority.set(thread, falls.get(turn++) ?? priority.get(thread)!)
      return thread
    }
  })
