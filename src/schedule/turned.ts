/** A schedule of one consumer, as one of another of several. */
import type { Schedule } from './schedule.js'

/** What names a consumer, by the key that only such a step has. */
const NAMING = ['advance', 'expire', 'abort', 'restart', 'disconnect', 'reply', 'connections', 'slow'] as const

/** There are `count` of them; what consumer 0 does in `schedule` is done by `consumer`, and the other way round. */
export function turnedTo(schedule: Schedule, consumer: number, count: number): Schedule {
  const turned = (index: number) => (index === 0 ? consumer : index === consumer ? 0 : index)
  const steps = schedule.steps.map((step) => {
    const [key] = NAMING.filter((each) => each in step)
    const index = key && (step as Partial<Record<typeof key, number>>)[key]
    return key === undefined || index === undefined ? step : { ...step, [key]: turned(index) }
  })
  return { ...schedule, steps, consumers: Math.max(count, schedule.consumers ?? 1) }
}
