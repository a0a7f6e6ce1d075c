/** Payloads that do not come back as they went in (1.5). */
import type { Json, StreamRepository } from '../../contract/stream-repository.js'
import { appending } from './decorate.js'
import { type Mutant, mutant } from './mutant.js'

const codec = (name: string, summary: string, encode: (data: Json) => Json): Mutant =>
  mutant({
    name,
    family: 'append',
    breaks: '1.5',
    trips: 'corrupt-read',
    summary,
    repository: (correct: StreamRepository) => appending(correct, (topic, data) => correct.sendData(topic, encode(data))),
  })

/** The same payload, with every value that is neither an array nor an object replaced. */
function replacing(data: Json, leaf: (value: string | number | boolean | null) => Json): Json {
  if (typeof data !== 'object' || data === null) return leaf(data)
  if (Array.isArray(data)) return data.map((each: Json) => replacing(each, leaf))
  // fromEntries defines its keys: `__proto__` stays a key.
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, replacing(value, leaf)]))
}

/** By assignment: `__proto__` is not a key of the copy. */
function assigned(data: Json): Json {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data
  const copy: Record<string, Json> = {}
  for (const [key, value] of Object.entries(data)) copy[key] = assigned(value)
  return copy
}

/** As a hash of fields keeps it: what lies deeper than the first level is text. */
const asFields = (data: Json): Json =>
  typeof data !== 'object' || data === null || Array.isArray(data)
    ? data
    : Object.fromEntries(Object.entries(data).map(([field, value]) => [field, typeof value === 'object' ? '[object Object]' : value]))

const LARGE = 4_096

export const codecMutants: readonly Mutant[] = [
  codec('latin-codec', 'what is not ASCII is written as question marks', (data) =>
    replacing(data, (value) => (typeof value === 'string' ? value.replaceAll(/[^\t\n\r -~]/gu, '?') : value)),
  ),
  codec('empty-as-null', 'an empty text is written as null', (data) => replacing(data, (value) => (value === '' ? null : value))),
  codec('rounds-numbers', 'numbers are written as whole numbers', (data) =>
    replacing(data, (value) => (typeof value === 'number' ? Math.round(value) : value)),
  ),
  codec('flag-as-number', 'true and false are written as 1 and 0', (data) =>
    replacing(data, (value) => (typeof value === 'boolean' ? Number(value) : value)),
  ),
  codec('loses-proto-key', 'an own key "__proto__" is lost on the way', assigned),
  codec('payload-as-fields', 'a payload is written field by field, and what is nested becomes text', asFields),
  codec('cuts-large-text', `texts are cut after ${LARGE} characters`, (data) =>
    replacing(data, (value) => (typeof value === 'string' ? value.slice(0, LARGE) : value)),
  ),
]
