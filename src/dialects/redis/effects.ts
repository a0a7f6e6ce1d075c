/**
 * What commands of Redis do, in words that the oracle knows.
 *
 * Source: the Redis commands of these names (https://redis.io/docs/latest/commands/).
 */
import type { CommandEffect } from '../../history/event.js'

const EFFECTS: Readonly<Record<string, readonly CommandEffect[]>> = {
  XADD: ['append'],
  XACK: ['acknowledge'],
  XCLAIM: ['claim'],
  XAUTOCLAIM: ['claim'],
  XACKDEL: ['acknowledge', 'remove'],
  XDEL: ['remove'],
  XDELEX: ['remove'],
  XTRIM: ['remove'],
  DEL: ['remove'],
  UNLINK: ['remove'],
  SUBSCRIBE: ['listen'],
  PSUBSCRIBE: ['listen'],
  SSUBSCRIBE: ['listen'],
  PUBLISH: ['publish'],
  SPUBLISH: ['publish'],
}

/**
 * @param command in upper case; of a transaction all of its commands, with spaces between them.
 * @returns what it does, or undefined where nothing is known of it.
 */
export function effectsOf(command: string): readonly CommandEffect[] | undefined {
  // Most are one command, and then there is nothing to make.
  if (!command.includes(' ')) return Object.hasOwn(EFFECTS, command) ? EFFECTS[command] : undefined
  const all = new Set(command.split(' ').flatMap((name) => effectsOf(name) ?? []))
  return all.size === 0 ? undefined : [...all]
}
