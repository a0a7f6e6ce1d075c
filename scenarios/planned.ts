/** Races that are known and have no scenario yet, and what it takes to show them: the catalogue is to be honest. */

export interface PlannedRace {
  readonly race: string
  readonly title: string
  /** What shows it: a single log and its readers do not. */
  readonly by: 'consumer groups' | 'the wire' | 'other stores'
}

export const planned: readonly PlannedRace[] = [
  { race: 'R5', title: 'check, then listen', by: 'the wire' },
  { race: 'R8', title: 'write/notify inversion', by: 'other stores' },
  { race: 'R10', title: 'late reply thrown away', by: 'the wire' },
  { race: 'R11', title: 'reply lost after group delivery', by: 'consumer groups' },
  { race: 'R12', title: 'pending never reclaimed', by: 'consumer groups' },
  { race: 'R13', title: 'claim window', by: 'consumer groups' },
  { race: 'R14', title: 'reclaim lock without TTL', by: 'consumer groups' },
  { race: 'R15', title: 'DELCONSUMER with pending', by: 'consumer groups' },
  { race: 'R16', title: 'group created at $', by: 'consumer groups' },
  { race: 'R17', title: 'NOGROUP after flush or expiry', by: 'consumer groups' },
  { race: 'R18', title: 'ack before handling', by: 'consumer groups' },
  { race: 'R20', title: 'one entry, many events, one id', by: 'the wire' },
  { race: 'R21', title: 'only the first stream of a reply', by: 'the wire' },
  { race: 'R22', title: 'several streams on $', by: 'the wire' },
  { race: 'R24', title: 'trimmed while pending', by: 'consumer groups' },
  { race: 'R32', title: 'fail-over to a lagging replica', by: 'other stores' },
  { race: 'R38', title: 'commit order', by: 'other stores' },
]
