/** Programs whose frames carry several entries, or a part of one. */
import type { Json, StreamEntry } from '../../../src/contract/stream-repository.js'
import type { ConsumeContext, FrameEntry } from '../../../src/subject/subject.js'
import { type Program, type Programs, type State, byBatches, program } from './program.js'

type Entries = readonly StreamEntry[]

/** A program that makes frames of each batch. */
const framing = <Frame extends object>(
  framesOf: (entries: Entries, state: State) => Iterable<Frame>,
  entryOf: (frame: Frame) => FrameEntry | FrameEntry[] | undefined,
  rest: Partial<Program> = {},
): Program =>
  program<Frame | 'ready' | 'failed'>({
    consume: (context: ConsumeContext) => byBatches(context, framesOf),
    isAnnouncement: (frame) => frame === 'ready',
    entryOf: (frame) => (typeof frame === 'string' ? undefined : entryOf(frame)),
    ...(rest as object),
  })

const plain = ({ id, data }: StreamEntry) => ({ id, data })
const jsonOf = ({ data }: StreamEntry) => JSON.stringify(data)

/** What is appended is a text, so that texts can be put end to end. */
const asText = { payload: (token: string, body: Json) => `${token}${JSON.stringify(body)};` }

const cut = (text: string, size: number): string[] =>
  Array.from({ length: Math.max(1, Math.ceil(text.length / size)) }, (_, i) => text.slice(i * size, (i + 1) * size))

interface Message {
  readonly entries: Entries
}
const messages = (pick: (entries: Entries) => Entries): Program =>
  framing<Message>(
    (entries) => [{ entries: pick(entries) }],
    ({ entries }) => entries.map(plain),
  )

interface Joined {
  readonly id: string
  readonly data: readonly unknown[]
}
const joined = (dataOf: (entries: Entries) => readonly unknown[]): Program =>
  framing<Joined>(
    (entries) => [{ id: entries.at(-1)!.id, data: dataOf(entries) }],
    ({ id, data }) => ({ id, data }),
  )

interface Text {
  readonly text: string
}
const texts = (textOf: (entries: Entries) => string, rest: Partial<Program> = {}): Program =>
  framing<Text>(
    (entries) => [{ text: textOf(entries) }],
    ({ text }) => ({ data: text }),
    rest,
  )

interface Part {
  readonly id?: string
  readonly data: unknown
  readonly last: boolean
}
/** Entry by entry, each in parts; what the cursor says is moved with the last of them. */
const parts = (partsOf: (entry: StreamEntry) => readonly Part[]): Program =>
  framing<Part>(
    function* (entries, state) {
      for (const entry of entries) {
        yield* partsOf(entry)
        state.cursor = entry.id
      }
    },
    ({ id, data, last }) => ({ ...(id === undefined ? {} : { id }), data, complete: last }),
  )

const slices = (entry: StreamEntry, idOf: (last: boolean) => string | undefined): Part[] =>
  cut(jsonOf(entry), 9).map((data, i, all) => {
    const last = i === all.length - 1
    const id = idOf(last)
    return { data, last, ...(id === undefined ? {} : { id }) }
  })

/** Lines in packets of one size, wherever a line ends; a line is whole with its end. */
const packets = (linesOf: (entries: Entries) => string): Program =>
  framing<Text>(
    (entries) => cut(linesOf(entries), 40).map((text) => ({ text })),
    ({ text }) => text.split('\n').map((data, i, all) => ({ data, complete: i < all.length - 1 })),
  )

const lines = (entries: Entries): string => entries.map((entry) => `${jsonOf(entry)}\n`).join('')

export const right: Programs = {
  'a message for each batch, with a list of its entries': messages((entries) => entries),
  'lists of entries, without entryOf': program({
    consume: async function* (context: ConsumeContext) {
      for await (const frame of byBatches(context, (entries) => [entries])) if (typeof frame !== 'string') yield frame
    },
  }),
  'the ids of a batch, and nothing else': framing<{ readonly ids: readonly string[] }>(
    (entries) => [{ ids: entries.map(({ id }) => id) }],
    ({ ids }) => ids.map((id) => ({ id })),
  ),
  'data joined in a list, under the id of the last': joined((entries) => entries.map(({ data }) => data)),
  'data joined in a list, under the id of the first': framing<Joined>(
    (entries) => [{ id: entries[0]!.id, data: entries.map(({ data }) => data) }],
    ({ data }) => ({ data }),
  ),
  'data wrapped, in an envelope for each': joined((entries) => entries.map(({ id, data }, i) => ({ at: i, id, content: { data } }))),
  'lines of JSON, without ids': texts(lines),
  'events of a text stream, several in a chunk': texts((entries) =>
    entries.map((entry) => `event: token\ndata: ${jsonOf(entry)}\n\n`).join(''),
  ),
  'the JSON text of a list': texts((entries) => JSON.stringify(entries.map(({ data }) => data))),
  'texts end to end': texts((entries) => entries.map(({ data }) => data as string).join(''), asText),
  'at most three in a frame': framing<Message>(
    function* (entries, state) {
      for (let at = 0; at < entries.length; at += 3) {
        yield { entries: entries.slice(at, at + 3) }
        state.cursor = entries.slice(at, at + 3).at(-1)!.id
      }
    },
    ({ entries }) => entries.map(plain),
  ),
  'slices of a text, each with the id': parts((entry) => slices(entry, () => entry.id)),
  'slices of a text, by their order': parts((entry) => slices(entry, () => undefined)),
  'slices of a text, of which the last has the id': parts((entry) => slices(entry, (last) => (last ? entry.id : undefined))),
  'a head with the id, and a tail without': parts((entry) => {
    const text = jsonOf(entry)
    return [
      { id: entry.id, data: text.slice(0, 5), last: false },
      { data: text.slice(5), last: true },
    ]
  }),
  'a header, and then the body': parts(({ id, data }) => {
    const { sentinel, ...body } = data as Record<string, unknown>
    return [
      { id, data: { sentinel }, last: false },
      { id, data: body, last: true },
    ]
  }),
  'drafts, and then the whole': parts((entry) => [
    { data: jsonOf(entry).slice(0, 8), last: false },
    { id: entry.id, data: entry.data, last: true },
  ]),
  'what is begun anew after a part of it': parts((entry) => {
    const text = jsonOf(entry)
    return [
      { id: entry.id, data: text.slice(0, 4), last: false },
      { id: entry.id, data: text.slice(0, 6), last: false },
      { id: entry.id, data: text.slice(6), last: true },
    ]
  }),
  'lines in packets of one size': packets(lines),
}

/** With the rule that each breaks. */
export const wrong: Readonly<Record<string, readonly [rule: string, program: Program]>> = {
  'a list without its second entry': ['4.8', messages((entries) => entries.filter((_, i) => i !== 1))],
  'a list without its last entry, of several': ['4.8', messages((entries) => (entries.length > 2 ? entries.slice(0, -1) : entries))],
  'a list in the wrong order': ['4.7', messages((entries) => entries.toReversed())],
  'a list with an entry twice': ['4.7', messages((entries) => [...entries, ...entries.slice(0, entries.length - 1)])],
  'joined without the first': ['4.8', joined((entries) => entries.slice(entries.length > 1 ? 1 : 0).map(({ data }) => data))],
  'joined with the first twice': [
    '4.7',
    joined((entries) => [entries[0]!, ...(entries.length > 1 ? entries : [])].map(({ data }) => data)),
  ],
  'joined with bodies that were changed': [
    '1.5',
    joined((entries) => entries.map(({ data }, i) => (i === 0 ? data : { ...(data as object), body: 'changed' }))),
  ],
  'lines of JSON, the first left out': ['4.8', texts((entries) => lines(entries.length > 1 ? entries.slice(1) : entries))],
  'texts end to end, one of them twice': [
    '4.7',
    texts((entries) => [...entries, ...entries.slice(1)].map(({ data }) => data as string).join(''), asText),
  ],
  'ids alone, of the last only': [
    '4.8',
    framing<{ readonly id: string }>(
      (entries) => [{ id: entries.at(-1)!.id }],
      ({ id }) => ({ id }),
    ),
  ],
  'slices of which the last is never sent': ['4.8', parts((entry) => slices(entry, () => entry.id).filter(({ last }) => !last))],
  'the last slice of a large one is never sent': [
    '4.8',
    parts((entry) => slices(entry, () => undefined).filter(({ last }, i) => !last || i < 3)),
  ],
  'slices with a hole': ['1.5', parts((entry) => slices(entry, () => entry.id).filter(({ last }, i, all) => last || i !== all.length - 2))],
  'packets without the end of the last line': ['4.8', packets((entries) => lines(entries).trimEnd())],
}
