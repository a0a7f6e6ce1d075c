/**
 * Topics and keys. A topic is the name that a run knows; the key is what the program reads. With `*` in the pattern each
 * run has a topic of its own; a program with a mind of its own reads another key that fits, and is followed there.
 *
 * Of several keys in one read the last is the topic, since whoever forgets a stream forgets one that is not the first. The
 * first is then what schedules call another topic.
 */
import type { CommandRequest } from './requests.js'
import { ELSEWHERE } from '../../../schedule/step.js'
import { randomId } from '../../../random/random.js'

export class Topics {
  readonly #pattern: string
  readonly #fits: RegExp
  readonly #session = randomId()
  #topics = 0
  #topic = ''
  #followed: string | undefined
  #beside: string | undefined

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#fits = new RegExp(`^${pattern.split('*').map(escape).join('.*')}$`, 's')
  }

  /** The key of the run's topic. */
  get key(): string {
    return this.keyOf(this.#topic)
  }

  /** The topic of the next run. */
  next(): string {
    const before = this.#topic
    this.#topic = this.#pattern.replaceAll('*', `tailrace-${this.#session}-${++this.#topics}`)
    // Names that the program makes from the topic are made from the next one, too.
    const again = (key: string | undefined) => (before !== '' && key?.startsWith(before) ? this.#topic + key.slice(before.length) : key)
    this.#followed = again(this.#followed)
    this.#beside = again(this.#beside)
    return this.#topic
  }

  /** The program reads several streams at once. */
  get several(): boolean {
    return this.#beside !== undefined
  }

  /** Which of the keys of a request is the topic, if any. */
  among(keys: readonly string[]): string | undefined {
    const fitting = keys.filter((key) => key === this.#topic || this.#fits.test(key))
    const [first, last] = [fitting[0], fitting.at(-1)]
    if (first !== last) this.#beside = first
    // What it asks of the other stream alone says nothing of the topic.
    else if (first !== undefined && first === this.#beside && first !== this.key) return undefined
    const known = fitting.find((key) => key === this.key)
    if (known !== undefined && first === last) return known
    if (last !== undefined) this.#followed = last
    return last
  }

  /** Is one of them the topic, as far as can be told? Nothing is followed there. */
  includes(keys: readonly string[]): boolean {
    return keys.some((key) => key === this.key || this.#fits.test(key))
  }

  /** Is this command about the topic, or a channel about it? It is followed to no other key. */
  concerns({ keys, channels }: CommandRequest): boolean {
    return keys.includes(this.key) || channels.some((channel) => this.isAbout(channel))
  }

  /** A channel's name is the key, or made from it, or fits where the key would; so is that of a pattern of channels. */
  isAbout(channel: string): boolean {
    return channel.includes(this.key) || this.#fits.test(channel)
  }

  /** The key of a topic, or of a name that begins with it. */
  keyOf(topic: string): string {
    if (this.#beside !== undefined && topic === this.#topic + ELSEWHERE) return this.#beside
    return this.#followed !== undefined && topic.startsWith(this.#topic) ? this.#followed + topic.slice(this.#topic.length) : topic
  }
}

const escape = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
