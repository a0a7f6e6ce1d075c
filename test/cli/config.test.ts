import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/cli/config-file.js'
import { append, scenario } from '../../src/schedule/scenario.js'

const WHERE = 'tailrace.config.ts'
const start = () => ({ stop: () => undefined })

const faults = (data: unknown): string[] => {
  try {
    checkConfig(data, WHERE)
    return []
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(WHERE, ''))
  }
}

describe('a configuration', () => {
  it('may say all that a subject on the wire has', () => {
    const all = { topic: 'a:*', start, publish: 'XADD {topic} * data {json}', announces: true, appendsThroughProbe: true }
    const more = { delivery: 'at-least-once', startsAt: 'tail', retries: true, notify: 'PUBLISH {topic} {json}' }
    expect(faults({ subjects: [], wire: [{ name: 'a', ...all, ...more, consumers: 2 }] })).toEqual([])
    expect(faults({ subjects: [], wire: [{ name: 'a', ...all, notify: async () => undefined, consumers: ['one', 'two'] }] })).toEqual([])
  })

  it('is told every fault at once, each with its subject and its property', () => {
    const subject = { name: 42, store: 'redsi', open: 'no', consume: 3, capabilities: { resume: true }, watchdog: 5 }
    const wire = { name: 'w', topic: '', start, consumers: 0 }
    expect(faults({ subjects: [subject], wire: [wire, wire], seeds: 4 })).toEqual([
      ': "seeds" is not known (a typing error?)',
      ', subject 1: "name" expected a name',
      ', subject 1: "store" expected "memory", "redis" or "own"',
      ', subject 1: "open" expected a function: open({ url, memory }) gives the repository',
      ', subject 1: "consume" expected a function: consume({ repository, topic, clock, signal }) gives an async iterable',
      ', subject 1: "capabilities.resume" is not known (a typing error?)',
      ', subject 1: "watchdog" is not known (a typing error?)',
      ', subject "w": "topic" expected the key that it reads',
      ', subject "w": "consumers" expected at least 1',
      ', subject "w": "topic" expected the key that it reads',
      ', subject "w": "consumers" expected at least 1',
      ': two subjects are called "w"',
    ])
  })

  it('may have scenarios of its own, and is told every fault of theirs', () => {
    const subjects = [{ name: 'a', store: 'memory', open: start }]
    const own = scenario('late', { summary: 'it comes late', steps: [append(1)] })
    expect(faults({ subjects, scenarios: [own] })).toEqual([])
    expect(faults({ subjects, scenarios: [] })).toEqual([])
    expect(faults({ subjects, scenarios: own })).toEqual([': "scenarios" expected a list of scenarios'])
    expect(faults({ subjects, seeds: 4, scenarios: [own, 5, { ...own, name: 'empty-gap' }, own] })).toEqual([
      ': "seeds" is not known (a typing error?)',
      ', scenario 2: no scenario: scenario(name, { summary, steps }) makes one',
      ', scenario "empty-gap": tailrace has a scenario of that name: choose another',
      ': two scenarios are called "late": rename one',
    ])
  })

  it('is refused where it is none, and where it has no subject', () => {
    expect(faults(42)).toHaveLength(1)
    expect(faults({ subjects: [] })).toEqual([': expected at least one subject, in "subjects" or in "wire"'])
    expect(faults({ subjects: 'a' })).toHaveLength(1)
  })
})
