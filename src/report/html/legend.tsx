/** What the shapes of the log mean. */
const KEYS = [
  ['cursor', '▼', 'cursor'],
  ['cursor', '▽', '"$", which the next read resolves'],
  ['tail', '▲', 'tail'],
  ['entry', '▭', 'in the log'],
  ['good', '▭', 'delivered'],
  ['bad', '✗', 'never delivered'],
  ['unsure', '▬', 'undecodable'],
  ['removed', '┄', 'removed'],
] as const

export const Legend = () => (
  <p class='legend faint'>
    {KEYS.map(([name, sign, text]) => (
      <span>
        <b class={`key-${name}`} aria-hidden='true'>
          {sign}
        </b>{' '}
        {text}
      </span>
    ))}
  </p>
)
