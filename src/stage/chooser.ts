/**
 * Who chooses the steps of a schedule as the run goes, and what there is to see for that. What was chosen is the schedule in the end: to
 * perform it again takes no chooser.
 */
import type { HistoryEvent } from '../history/event.js'
import type { SessionStart } from '../sources/source.js'
import type { Step } from '../schedule/step.js'
import type { ActorState } from './actor.js'
import type { HandedId } from './client.js'

/** Where a consumer is. */
export interface Standing {
  readonly state: ActorState
  /** The last gate that it came to. */
  readonly at: HistoryEvent | undefined
  /** How many things a move of it could begin with: gates that it is held at side by side, and time. */
  readonly choices: number
  /** It has promised to deliver what comes, or an earlier session of its consumer has. */
  readonly promised: boolean
  /** It has promised that itself. */
  readonly promisedItself: boolean
  readonly start: SessionStart
  /** Its read waits without a time-out: only the store brings it back. */
  readonly waitsForEver: boolean
  /** The ids that its client has been given. */
  readonly handed: readonly HandedId[]
}

export interface Scene {
  readonly consumers: readonly Standing[]
}

export interface Chooser {
  /** The next steps, performed one after the other before it is asked again; none where the schedule ends here. */
  next(scene: Scene): readonly Step[]
  /** Will the next step meet a read that this consumer sends now, while it waits? Otherwise its time-out comes next. */
  lingers(consumer: number): boolean
}
