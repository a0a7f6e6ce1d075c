/**
 * Topics and keys. A topic is the name that a run knows; the key is what the program reads. With `*` in the pattern each
 * run has a topic of its own; a program with a mind of its own reads another key that fits, and is followed there.
 */
import { randomId } from '../random/random.js'

export class Topics {
  readonly #pattern: string
  readonly #fits: RegExp
  readonly #session = randomId()
  #topics = 0
  #topic = ''
  #followed: string | undefined

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#fits = new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`, 's')
  }

  /** The topic of the next run. */
  next(): string {
    this.#topic = this.#pattern.replaceAll('*', `tailrace-${this.#session}-${++this.#topics}`)
    return this.#topic
  }

  /** Which of the keys of a request is the topic, if any. */
  among(keys: readonly string[]): string | undefined {
    const known = keys.find((key) => key === this.keyOf(this.#topic))
    if (known !== undefined) return known
    const other = keys.find((key) => this.#fits.test(key))
    if (other !== undefined) this.#followed = other
    return other
  }

  /** The key of a topic, or of a name that begins with it. */
  keyOf(topic: string): string {
    return this.#followed !== undefined && topic.startsWith(this.#topic) ? this.#followed + topic.slice(this.#topic.length) : topic
  }
}

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
