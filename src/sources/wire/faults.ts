/** Faults on the wire, armed by steps of the schedule and met by what passes next. */
import type { WireStep } from '../../schedule/step.js'
import type { Passing } from '../../dialects/redis/wire/exchange.js'
import type { Line } from '../../dialects/redis/wire/probe.js'

const AS_IT_IS: Passing = { is: 'forwarded' }

export class WireFaults {
  readonly #replies: { readonly consumer: number; readonly passing: Passing }[] = []
  readonly #lines = new Map<number, Line>()

  /** The line of this consumer from now on. */
  follow(consumer: number, line: Line): void {
    this.#lines.set(consumer, line)
  }

  lineOf(consumer: number): Line | undefined {
    return this.#lines.get(consumer)
  }

  arm(step: WireStep): void {
    if ('reply' in step) this.#replies.push({ consumer: step.reply, passing: passingOf(step.is, step.error) })
    else if ('slow' in step) this.#lines.get(step.slow)?.slow(step.bytesPerSecond)
    else if ('connections' in step) {
      const line = this.#lines.get(step.connections)
      if (step.are === 'cut') line?.cut()
      else line?.accepts(step.are === 'accepted')
    }
  }

  /** What becomes of the reply that passes now. */
  take(consumer: number): Passing {
    const at = this.#replies.findIndex((fault) => fault.consumer === consumer)
    return at === -1 ? AS_IT_IS : this.#replies.splice(at, 1)[0]!.passing
  }

  /** A fault that no reply has met, in words. */
  get unmet(): string | undefined {
    const [first] = this.#replies
    return first && `a reply to consumer ${first.consumer} that is ${first.passing.is}`
  }

  clear(): void {
    this.#replies.length = 0
    this.#lines.clear()
  }
}

function passingOf(is: 'withheld' | 'lost' | 'torn' | 'error', error: string | undefined): Passing {
  return is === 'error' ? { is, error: error ?? 'ERR injected by the schedule' } : { is }
}
