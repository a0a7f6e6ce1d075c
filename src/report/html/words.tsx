/**
 * Texts from outside, as the page shows them: nothing in them is obeyed, whichever way they run, and long ones are cut
 * with their length said.
 */
import { SIGN } from '../green-text.js'
import type { Result } from '../result.js'
import { visible } from '../text.js'
import { number } from '../words.js'

const MAX_LENGTH = 300

interface Cut {
  readonly shown: string
  /** What is said where something is missing. */
  readonly more: string
}

function cutAt(text: string, length: number): Cut {
  if (text.length <= length) return { shown: visible(text), more: '' }
  // Not through a pair of surrogates.
  const end = /[\ud800-\udbff]/.test(text[length - 1]!) ? length - 1 : length
  return { shown: visible(text.slice(0, end)), more: `… (${number(text.length)} characters in all)` }
}

/** For where there can be no markup. */
export function cut(text: string, length = MAX_LENGTH): string {
  const { shown, more } = cutAt(text, length)
  return shown + more
}

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
