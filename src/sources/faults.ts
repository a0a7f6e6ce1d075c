/** Calls that a schedule wants to fail, whatever source they come from. */
import { UnknownOutcomeError } from '../contract/stream-repository.js'
import { INJECTED } from '../history/event.js'
import type { FailStep } from '../schedule/step.js'
import type { Mismatch } from './source.js'

type Fallible = FailStep['fail']

/** What a call throws that was made to fail, as if the store had. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'

  constructor(what: Fallible) {
    super(`${INJECTED}: this ${what} fails`)
  }
}

/** Faults that were armed, and that no call has met. */
export class Faults {
  readonly #armed: { what: Fallible; times: number; after: number; on: string | undefined }[] = []

  /**
   * The next calls of this kind fail, so many times. `after`: see `FailStep`.
   * @param on the stream under test: calls on others pass, or they would use up what is meant for it. Default: any stream.
   */
  arm(what: Fallible, times: number, after = 0, on?: string): void {
    this.#armed.push({ what, times, after, on })
  }

  get unmet(): Mismatch | undefined {
    const [first] = this.#armed
    return first && { expected: `a call of ${first.what} that fails`, came: 'no such call was made' }
  }

  /** After how many entries the call that begins now is to fail; undefined where it is not. */
  take(what: Fallible, stream?: string): number | undefined {
    const fault = this.#armed.find((armed) => armed.what === what && (armed.on === undefined || armed.on === stream))
    if (fault === undefined) return undefined
    fault.times--
    if (fault.times === 0) this.#armed.splice(this.#armed.indexOf(fault), 1)
    return fault.after
  }
}

/** An append as the faults would have it: it may fail before it was written, or after, so that only its reply is lost. */
export function appendThrough(faults: Faults, stream: string, write: () => Promise<string>): Promise<string> {
  const after = faults.take('append', stream)
  return after === undefined ? write() : failingAppend(write, after)
}

async function failingAppend(write: () => Promise<string>, after: number): Promise<string> {
  if (after === 0) throw new InjectedFault('append')
  await write()
  throw new UnknownOutcomeError(`${INJECTED}: the reply of this append is lost`)
}
