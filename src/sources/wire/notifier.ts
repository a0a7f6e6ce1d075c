/**
 * Tells a channel of an entry, where the publisher of a subject does so: by a command made from a template, or by a function.
 *
 * The server hands its messages out in the turn in which it answers the publisher, so those who listen through the probe have
 * them soon: that is waited for, or the history would not say the same each time. Who listens to something else has none, and
 * is not waited for beyond patience. Nothing but the order of events hangs on it.
 */
import { systemClock } from '../../clock/clock.js'
import type { WireSubject } from '../../subject/wire-subject.js'
import type { Line } from '../../dialects/redis/wire/probe.js'
import { type Command, type Sentinel, parseTemplate } from './publish.js'
import { turn } from '../../dialects/redis/subject-clients.js'

/** Turns of the event loop, and then milliseconds. */
const TURNS = 50
const PATIENCE = 200

export type Notify = (sentinel: Sentinel & { readonly id: string }) => Promise<void>

export function notifier(
  how: WireSubject['notify'],
  url: string,
  lines: readonly Line[],
  call: (command: string, ...args: string[]) => Promise<unknown>,
): Notify | undefined {
  if (how === undefined) return undefined
  const command = typeof how === 'string' ? parseTemplate(how) : undefined
  return async (sentinel) => {
    if (typeof how === 'function') await how({ url, ...sentinel })
    else await sent(command!(sentinel), call)
    await arrived(lines)
  }
}

const sent = ([name, ...args]: Command, call: (command: string, ...args: string[]) => Promise<unknown>) => call(name!, ...args)

/** Every connection that listens holds a message; one that holds an earlier one keeps this one behind it. */
async function arrived(lines: readonly Line[]): Promise<void> {
  for (let looks = 0; looks < TURNS + PATIENCE; looks++) {
    if (lines.every(({ listeners }) => listeners.held === listeners.all)) return
    await (looks < TURNS ? turn() : systemClock.sleep(1))
  }
}
