/**
 * Texts from outside, as the page shows them: nothing in them is obeyed, whichever way they run, and long ones are cut
 * with their length said.
 */
import { SIGN } from '../green-text.js'
import type { Result } from '../result.js'
import { visible } from '../text.js'
import { number } from '../words.js'

const MAX_LENGTH = 300

export function cut(text: string, length = MAX_LENGTH): string {
  const shown = visible(text.slice(0, length + 1))
  if (text.length <= length) return shown
  // Not through a pair of surrogates.
  return `${visible(text.slice(0, /[\ud800-\udbff]/.test(text[length - 1]!) ? length - 1 : length))}… (${number(text.length)} characters in all)`
}

/** Isolated, so that what runs from right to left turns nothing around it. */
export const Words = ({ text, length = MAX_LENGTH }: { readonly text: string; readonly length?: number }) => <bdi>{cut(text, length)}</bdi>

/** Never by colour alone: a sign, and what it means as text. */
export const Verdict = ({ result, text = result }: { readonly result: Result; readonly text?: string }) => (
  <span class={`verdict ${result}`}>
    <span aria-hidden='true'>{SIGN[result]} </span>
    <Words text={text} />
  </span>
)
