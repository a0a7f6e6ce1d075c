/** Races that are known and have no scenario yet, and what it takes to show them: the catalogue is to be honest. */

export interface PlannedRace {
  readonly race: string
  readonly title: string
  /** What shows it: a single log and its readers do not. */
  readonly by: 'consumer groups' | 'the wire' | 'other stores'
  /** What a scenario would need that is not there. */
  readonly takes: string
}

export const planned: readonly PlannedRace[] = [
  {
    race: 'R5',
    title: 'check, then listen',
    by: 'the wire',
    takes: 'a gate between the question whether a job is finished and the subscription to its event',
  },
  {
    race: 'R12',
    title: 'pending never reclaimed',
    by: 'consumer groups',
    takes: 'a consumer that dies before its XACK, and a verdict on entries that are owed to the group',
  },
  {
    race: 'R13',
    title: 'claim window',
    by: 'consumer groups',
    takes: 'a pending list longer than one scan, with entries at its head that may not be claimed yet',
  },
  {
    race: 'R14',
    title: 'reclaim lock without TTL',
    by: 'consumer groups',
    takes: 'a worker that is killed while it holds the lock, and a second one that reclaims after it',
  },
  {
    race: 'R15',
    title: 'DELCONSUMER with pending',
    by: 'consumer groups',
    takes: 'a step that deletes a consumer of the group between a delivery and its acknowledgement',
  },
  {
    race: 'R18',
    title: 'ack before handling',
    by: 'consumer groups',
    takes: 'a handler that fails after XACK, and what counts as handled, told apart from delivered',
  },
  {
    race: 'R20',
    title: 'one entry, many events, one id',
    by: 'the wire',
    takes: 'frames that carry a part of an entry, and a client that resumes between two of them',
  },
  {
    race: 'R24',
    title: 'trimmed while pending',
    by: 'consumer groups',
    takes: 'a trim between a delivery to the group and the claim of the same entry',
  },
  {
    race: 'R32',
    title: 'fail-over to a lagging replica',
    by: 'other stores',
    takes: 'a primary and a replica, replication that can be held, and a fail-over as a step',
  },
  {
    race: 'R38',
    title: 'commit order',
    by: 'other stores',
    takes: 'a store whose ids are given out before the commit, and two transactions that can be held there',
  },
]
