/** What the arms outside of the harness share: repositories on one private Redis, a topic for each run, and chance. */
import { RedisStreamRepository } from '../../src/adapters/ioredis.js'
import type { StreamRepository } from '../../src/contract/stream-repository.js'
import { type Random, seedOf, seeded } from '../../src/random/seeded.js'
import type { Timing } from '../results.js'

/** At the original's timing a run is two seconds of waiting: so many wait side by side, each on a topic and connections of its own. */
const SIDE_BY_SIDE = 40

export interface Bench {
  readonly quick: boolean
  readonly url: string
  seed(name: string): number
  random(name: string): Random
  /** Runs `body` on a repository that nobody else uses meanwhile. */
  using<T>(body: (repository: StreamRepository, topic: string) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function openBench(url: string, seed: number, quick: boolean): Bench {
  const idle: RedisStreamRepository[] = []
  let topics = 0
  return {
    quick,
    url,
    seed: (name) => seedOf(seed, name),
    random: (name) => seeded(seed, name),
    using: async (body) => {
      const repository = idle.pop() ?? new RedisStreamRepository(url)
      try {
        return await body(repository, `bench:${++topics}`)
      } finally {
        idle.push(repository)
      }
    },
    close: async () => {
      await Promise.all(idle.map((repository) => repository.close()))
    },
  }
}

/** How an arm outside of the harness takes its turns. In the bare loop the gap is so short that others would be felt. */
export const turns = ({ quick }: Bench, timing: Timing): { turn: number; parallel: number } =>
  timing === 'original' ? { turn: SIDE_BY_SIDE, parallel: SIDE_BY_SIDE } : { turn: quick ? 20 : 120, parallel: 1 }
