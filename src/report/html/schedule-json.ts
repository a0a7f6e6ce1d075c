/** A schedule as JSON with a step a line. What cannot be seen, or would turn the text around, is escaped as JSON does it. */
import type { Schedule } from '../../schedule/schedule.js'

const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]|\p{Cs}/gu

export function scheduleJson({ version, steps, read, consumers }: Schedule): string {
  const lines = [
    `"version": ${version}`,
    `"read": ${json(read)}`,
    ...(consumers === undefined ? [] : [`"consumers": ${consumers}`]),
    steps.length === 0 ? '"steps": []' : `"steps": [\n    ${steps.map(json).join(',\n    ')}\n  ]`,
  ]
  return `{\n  ${lines.join(',\n  ')}\n}`
}

const json = (value: unknown): string =>
  JSON.stringify(value).replace(UNSEEN, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )
