/** What the shapes of the log mean. */
export const Legend = () => (
  <p class='legend faint'>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='cursor' d='M6 2V15' />
        <path class='cursor head' d='M2.5 0h7L6 5z' />
      </svg>
      cursor
    </span>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='cursor floating' d='M6 2V15' />
        <path class='cursor head floating' d='M2.5 0h7L6 5z' />
      </svg>
      "$", which the next read resolves
    </span>
    <span>
      <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
        <path class='tail' d='M2.5 16h7L6 11z' />
      </svg>
      tail
    </span>
    {(['waiting', 'delivered', 'lost', 'removed'] as const).map((state) => (
      <span>
        <svg class='key' viewBox='0 0 12 16' aria-hidden='true'>
          <rect class={state} x='1' y='4' width='10' height='8' />
          {state === 'lost' && <path class='cross' d='M3 5.5l6 5M9 5.5l-6 5' />}
        </svg>
        {{ waiting: 'in the log', delivered: 'delivered', lost: 'never delivered', removed: 'removed' }[state]}
      </span>
    ))}
  </p>
)
