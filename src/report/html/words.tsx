/**
 * Texts from outside, as the page shows them: nothing in them is obeyed, whichever way they run, and long ones are cut
 * with their length said.
 */
import { SIGN } from '../green-text.js'
import type { Result } from '../result.js'
import { MAX_LENGTH, cutAt } from '../text.js'

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
