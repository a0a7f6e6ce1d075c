/**
 * Warnings of all sessions of a program: the same habit is one warning, however often it shows. They are kept apart from
 * verdicts, since no interleaving was forced for them and nothing was lost.
 */
import { lintRules } from './rules.js'
import type { LintRule } from './rule.js'
import { LintSession } from './session.js'

export interface Warning {
  /** `L1` */
  readonly rule: string
  /** Where it was seen first. */
  readonly connection: string
  readonly evidence: string
  /** How often it was seen. */
  readonly count: number
}

export interface Warnings {
  /** Of the run that began last. */
  readonly lastRun: readonly Warning[]
  readonly all: readonly Warning[]
}

/** The topic has a name of each run's own; in evidence it has this one. */
export interface TopicName {
  readonly topic: string
  readonly shownAs: string
}

export class Lint implements Warnings {
  readonly #rules: readonly LintRule[]
  readonly #all = new Tally()
  #run = new Tally()

  constructor(rules: readonly LintRule[] = lintRules) {
    this.#rules = rules
  }

  get lastRun(): readonly Warning[] {
    return this.#run.warnings
  }

  get all(): readonly Warning[] {
    return this.#all.warnings
  }

  beginRun(): void {
    this.#run = new Tally()
  }

  /** A program starts. What it does is told to the session that is given. */
  session({ topic, shownAs }: TopicName): LintSession {
    const run = this.#run
    return new LintSession(this.#rules, (rule, connection, said) => {
      const evidence = topic === '' ? said : said.replaceAll(topic, () => shownAs)
      run.add({ rule, connection, evidence })
      this.#all.add({ rule, connection, evidence })
    })
  }
}

class Tally {
  readonly #warnings = new Map<string, Warning>()

  /** In the order of their rules, and of their first appearance. */
  get warnings(): readonly Warning[] {
    return [...this.#warnings.values()].sort((a, b) => (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0))
  }

  add({ rule, connection, evidence }: Omit<Warning, 'count'>): void {
    const key = `${rule} ${evidence}`
    const known = this.#warnings.get(key)
    this.#warnings.set(key, known === undefined ? { rule, connection, evidence, count: 1 } : { ...known, count: known.count + 1 })
  }
}
