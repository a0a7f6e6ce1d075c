/** Something to be pasted elsewhere, whole, however little of it is shown. */
import { cut } from '../text.js'

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
