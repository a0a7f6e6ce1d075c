/**
 * Programs as other people write them, with the mistakes that good engineers make: not one is made from the reference loops, and each family
 * is a codebase of its own. They are a yardstick for the search: what convicts each is known (`shownBy`), and how far a search gets
 * without being told can be measured.
 */
import type { BrokenProgram, Family, Program } from './parts.js'
import { mailboxes, observables, streams } from './pipelines.js'
import { checkpoints, numbers, snapshots, subscriptions, tenants } from './sessions.js'
import { gateways, pools, repositories } from './shared.js'

export const families: readonly Family[] = [
  subscriptions,
  checkpoints,
  numbers,
  snapshots,
  tenants,
  observables,
  streams,
  mailboxes,
  gateways,
  pools,
  repositories,
]

export const rightPrograms: readonly Program[] = families.flatMap(({ right }) => right)
export const brokenPrograms: readonly BrokenProgram[] = families.flatMap(({ broken }) => broken)
