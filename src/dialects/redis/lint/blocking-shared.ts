/**
 * L2. A connection that waits in a blocking read does nothing else: what is sent behind it waits, too.
 *
 * Two things show on the wire, and the evidence says which: a command was really sent behind a read that was waiting; or
 * appends and blocking reads share a connection, which is harmless as long as the same loop does both, one after the
 * other. An XACK between two reads is what every group consumer does, and is no reason to warn.
 */
import type { LintRule, Watcher } from './rule.js'
import { type GroupRead, type Read, type StreamCommand, readWords } from './stream-command.js'

export const blockingShared: LintRule = {
  id: 'L2',
  title: 'Blocking reads share a connection with commands that write.',
  why: 'Redis answers a connection in order: an XADD behind XREAD BLOCK waits until the read returns, up to its whole time-out, and with a client that has a time-out of its own it fails or is sent twice.',
  fix: 'Give each blocking reader a connection of its own (client.duplicate() and the like), and write through another one.',
  source: 'race R36; rule 1.8',
  watch(warn): Watcher {
    const seen = new Map<number, { blocking?: Read | GroupRead; waiting?: Read | GroupRead; adds: boolean }>()
    const told = new Set<string>()
    return {
      request(connection, command) {
        const here = seen.get(connection.id) ?? { adds: false }
        seen.set(connection.id, here)
        const once = (evidence: string) => {
          if (!told.has(`${connection.id} ${evidence}`)) warn(connection, evidence)
          told.add(`${connection.id} ${evidence}`)
        }
        if (writes(command) && here.waiting !== undefined) once(`${command.name} sent behind ${readWords(here.waiting)}, which is waiting`)
        if (command.name === 'XADD') here.adds = true
        if (blocks(command)) {
          here.blocking = command
          here.waiting = command
        }
        if (here.adds && here.blocking !== undefined) once(`XADD and ${readWords(here.blocking)} on one connection`)
      },
      reply(connection, command) {
        const here = seen.get(connection.id)
        if (here?.waiting === command) delete here.waiting
      },
      closed({ id }) {
        seen.delete(id)
      },
    }
  },
}

const blocks = (command: StreamCommand): command is Read | GroupRead =>
  (command.name === 'XREAD' || command.name === 'XREADGROUP') && command.timeoutMs > 0

const WRITES = new Set<StreamCommand['name']>([
  ...(['XADD', 'XTRIM', 'XDEL', 'XACK', 'XCLAIM', 'XAUTOCLAIM'] as const),
  ...(['XGROUP CREATE', 'XGROUP SETID', 'XGROUP DELCONSUMER'] as const),
])

const writes = ({ name }: StreamCommand): boolean => WRITES.has(name)
