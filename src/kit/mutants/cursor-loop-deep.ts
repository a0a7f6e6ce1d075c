/**
 * Loops that lose an entry only after a certain past: two, three or four appends have to fall into particular windows.
 * They are what generated schedules and exploration are for; no scenario was written for them.
 */
import { jumpAfter, loop } from './loop.js'
import { type Mutant, mutant } from './mutant.js'

interface Past {
  readonly name: string
  readonly breaks: string
  readonly depth: number
  /** How the reads of the session have to come back: see `Turn`. */
  readonly past: RegExp
  readonly after: string
}

const jumping = ({ name, breaks, depth, past, after }: Past): Mutant =>
  mutant({
    name,
    family: 'cursor-loop',
    breaks,
    trips: 'unseen',
    depth,
    summary: `the cursor jumps to the tail after ${after}`,
    consume: loop({ between: jumpAfter(past) }),
  })

export const deepMutants: readonly Mutant[] = [
  jumping({
    name: 'jumps-after-empty-batch-empty',
    breaks: '4.2',
    depth: 2,
    past: /e[pf]+e$/,
    after: 'an empty read, batches, and another empty read',
  }),
  jumping({ name: 'jumps-after-two-batches', breaks: '4.3', depth: 3, past: /pp$/, after: 'two batches in a row, neither full' }),
  jumping({ name: 'jumps-after-three-batches', breaks: '4.3', depth: 4, past: /ppp$/, after: 'three batches in a row, none of them full' }),
  jumping({
    name: 'jumps-after-batch-empty-batch',
    breaks: '4.3',
    depth: 3,
    past: /pe+p$/,
    after: 'two batches, neither full, with empty reads between them',
  }),
  jumping({
    name: 'jumps-after-second-quiet-time',
    breaks: '4.2',
    depth: 3,
    past: /[pf]e+[pf]+e$/,
    after: 'an empty read, where there was one before between batches',
  }),
  jumping({
    name: 'jumps-after-full-part-full',
    breaks: '4.3',
    depth: 3,
    past: /fpf$/,
    after: 'a full batch, a part of one, and a full one',
  }),
  jumping({
    name: 'jumps-after-full-empty-full',
    breaks: '4.3',
    depth: 3,
    past: /f.*e.*f$/,
    after: 'a full batch, where there was one before an empty read',
  }),
  mutant({
    name: 'starts-over-after-two-rounds',
    family: 'cursor-loop',
    breaks: '4.7',
    trips: 'duplicate-delivery',
    depth: 2,
    summary: 'after batch, empty, batch, empty the cursor is back where it started',
    consume: loop({ between: ({ trail, cursor, start }) => void (/[pf]e+[pf]+e$/.test(trail) && (cursor.id = start)) }),
  }),
  mutant({
    name: 'ends-after-two-batches-and-quiet',
    family: 'life-cycle',
    breaks: '5.2',
    trips: 'premature-end',
    depth: 3,
    summary: 'two batches in a row and then an empty read are taken for the end',
    consume: loop({ between: ({ trail }) => (trail.endsWith('ppe') ? 'end' : undefined) }),
  }),
]
