/** The drawing in actor.ts, held to what actors do over every scenario, on correct implementations and on broken ones. */
import { readFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { scenarios } from '../../scenarios/index.js'
import { memoryStore } from '../../src/dialects/memory/memory-store.js'
import { correctImplementations } from '../../src/kit/correct/correct.js'
import { mutantSubject, mutants } from '../../src/kit/mutants/index.js'
import { Runner } from '../../src/run/runner.js'
import { advanceTo, append, leave as clientLeaves } from '../../src/schedule/scenario.js'
import { schedule } from '../../src/schedule/schedule.js'
import type { SubjectDefinition } from '../../src/subject/subject.js'
import { right as waitingPrograms } from '../support/programs/hubs.js'
import { onModel } from '../support/subjects.js'
import { Actor, type ActorState } from '../../src/stage/actor.js'

const source = readFileSync(new URL('../../src/stage/actor.ts', import.meta.url), 'utf8')
const drawn = [...source.matchAll(/^ \* \| (\w+) \| (\w+) \| ([\w, ]+) \|$/gm)].flatMap(([, from, by, to]) =>
  from === 'from' ? [] : to!.split(', ').map((state) => `${from} → ${by} → ${state}`),
)

/** No scenario has this step. */
const LEFT = schedule([advanceTo('read-called'), append(2), advanceTo('delivered'), clientLeaves()])

const METHODS = ['advance', 'settleIfServed', 'abort', 'leave'] as const

const { advance, settleIfServed, abort, leave, cut, settle } = Actor.prototype
const real = { advance, settleIfServed, abort, leave, cut, settle }
afterEach(() => void Object.assign(Actor.prototype, real))

/** Takes down where each call of the director takes an actor that was at rest. */
function watched(): Set<string> {
  const seen = new Set<string>()
  const cutFrom = new WeakMap<Actor, ActorState>()
  for (const name of METHODS) {
    Object.assign(Actor.prototype, {
      async [name](this: Actor, ...args: []) {
        const from = this.state
        await real[name].apply(this, args)
        if (name !== 'settleIfServed' || this.state !== from || from === 'blocked') seen.add(`${from} → ${name} → ${this.state}`)
      },
    })
  }
  Object.assign(Actor.prototype, {
    cut(this: Actor, ...args: Parameters<Actor['cut']>) {
      cutFrom.set(this, this.state)
      return real.cut.apply(this, args)
    },
    async settle(this: Actor) {
      const from = cutFrom.get(this)
      cutFrom.delete(this)
      await real.settle.apply(this)
      if (from !== undefined) seen.add(`${from} → cut → ${this.state}`)
    },
  })
  return seen
}

it('is what actors do', async () => {
  const seen = watched()
  const subjects: SubjectDefinition[] = [
    ...correctImplementations.map((each) => each.subject('memory')),
    onModel({ consume: async function* () {} }),
    ...Object.values(waitingPrograms).map((each) => onModel(each as object)),
    ...mutants.filter(({ family }) => /loop|life/.test(family)).map((each) => mutantSubject(each, 'memory')),
  ]
  for (const subject of subjects) {
    const runner = new Runner(subject, memoryStore(), { watchdogMs: 100 })
    for (const { schedule, consumer } of scenarios) await runner.judge(schedule, { consumer })
    await runner.judge(LEFT)
    await runner.close()
  }
  expect([...seen].filter((each) => !drawn.includes(each)).sort(), 'done, and not drawn').toEqual([])
  expect(drawn.filter((each) => !seen.has(each)).sort(), 'drawn, and never done').toEqual([])
}, 120_000)

it('names every state', () => {
  const states: readonly ActorState[] = ['new', 'moving', 'held', 'blocked', 'waiting', 'closed']
  expect(states.filter((state) => !source.includes(`( ${state} )`))).toEqual([])
})
