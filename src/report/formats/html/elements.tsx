/**
 * The small parts that every section is made of.
 *
 * Texts from outside, as the page shows them: nothing in them is obeyed, whichever way they run, and long ones are cut
 * with their length said.
 */
import { SIGN } from '../summary.js'
import type { Result } from '../../result.js'
import { MAX_LENGTH, cutAt, cut } from '../../text.js'
import { rules, anchorOf } from '../../../oracle/rules.js'

/** Runs from left to right whatever is around it, so that there is nothing to isolate. */
const PLAIN = /^[ -~…·×→]*$/

/** Isolated, so that what runs from right to left turns nothing around it; nor the escapes in it, hence from left to right. */
export function Words({ text, length = MAX_LENGTH }: { readonly text: string; readonly length?: number }) {
  const { shown, more } = cutAt(text, length)
  return (
    <>
      {PLAIN.test(shown) ? shown : <bdi dir='ltr'>{shown}</bdi>}
      {more}
    </>
  )
}

/** Never by colour alone: a sign, and what it means as text. */
export const Verdict = ({ result, text = result }: { readonly result: Result; readonly text?: string }) => (
  <span class={`verdict ${result}`}>
    <span aria-hidden='true'>{SIGN[result]} </span>
    <Words text={text} />
  </span>
)

// ── Links to rules ──
//
// A rule, as it is referred to: the page says below what it asks for.

interface RuleLinkProps {
  readonly id: string
  /** Below a heading that says what it is. */
  readonly bare?: boolean
}

export function RuleLink({ id, bare = false }: RuleLinkProps) {
  const text = bare ? id : `rule ${id}`
  // A report may be of another version.
  return rules.some((each) => each.id === id) ? <a href={`#${anchorOf(id)}`}>{text}</a> : <>{text}</>
}

// ── To be copied ──
//
// Something to be pasted elsewhere, whole, however little of it is shown.

const MAX_SHOWN = 4000

interface CopyableProps {
  readonly text: string
  /** What it is, for the button's name. */
  readonly what: string
  readonly block?: boolean
}

export function Copyable({ text, what, block = false }: CopyableProps) {
  const Box = block ? 'pre' : 'span'
  const long = text.length > MAX_SHOWN
  return (
    <div class='copyable'>
      <Box tabIndex={block ? 0 : undefined} role={block ? 'group' : undefined} aria-label={block ? what : undefined}>
        <code dir='ltr'>{long ? cutLines(text) : text}</code>
      </Box>
      {long && <script type='application/json' class='whole' dangerouslySetInnerHTML={{ __html: embedded(text) }} />}
      <button type='button' class='copy' data-what={what} aria-label={`Copy the ${what}`}>
        Copy
      </button>
    </div>
  )
}

const cutLines = (text: string) =>
  text
    .split('\n')
    .map((line) => cut(line, 200))
    .slice(0, 100)
    .join('\n')

/** As a string literal in which nothing can end the element that it stands in. */
const embedded = (text: string) => JSON.stringify(text).replaceAll('<', '\\u003c')
