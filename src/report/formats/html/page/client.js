// What moves in the report: stepping through timelines, copying, light and dark. Without it, all is there to read.
// Built on what the page has already; it makes no markup and loads nothing.
'use strict'

// ── timelines ──

const KEYS = new Map([
  ['ArrowDown', 'next'],
  ['ArrowRight', 'next'],
  ['ArrowUp', 'previous'],
  ['ArrowLeft', 'previous'],
  ['Home', 'first'],
  ['End', 'last'],
  ['Escape', 'all'],
])

/** The row that is shown as current, by its player; none while all of it is shown. @type {WeakMap<Element, number>} */
const current = new WeakMap()

/** What is said while all of it is shown. @type {WeakMap<Element, string>} */
const whole = new WeakMap()

/** @param {Element} player @returns {NodeListOf<HTMLTableRowElement>} */
const rowsOf = (player) => player.querySelectorAll('tbody tr')

/** @param {Element} player @param {number} at */
function show(player, at) {
  const rows = [...rowsOf(player)]
  current.set(player, at)
  player.classList.toggle('stepping', at >= 0)
  for (const [index, row] of rows.entries()) {
    row.classList.toggle('ahead', at >= 0 && index > at)
    if (index === at) row.setAttribute('aria-current', 'step')
    else row.removeAttribute('aria-current')
  }
  const say = /** @type {HTMLElement} */ (player.querySelector('.say'))
  if (!whole.has(player)) whole.set(player, say.textContent ?? '')
  say.textContent = at < 0 ? (whole.get(player) ?? '') : `${at + 1} of ${rows.length}. ${rows[at]?.dataset.say ?? ''}`
  rows[at]?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
}

/** @param {Element} player @param {string} where */
function go(player, where) {
  const last = rowsOf(player).length - 1
  const at = current.get(player) ?? -1
  if (where === 'first') show(player, 0)
  else if (where === 'last') show(player, last)
  else if (where === 'next') show(player, Math.min(at + 1, last))
  else if (where === 'previous') show(player, at < 0 ? last : Math.max(at - 1, 0))
  else show(player, -1)
}

document.addEventListener('keydown', (event) => {
  const where = KEYS.get(event.key)
  const player = event.target instanceof Element && event.target.matches('.player > .scroll') ? event.target.parentElement : null
  if (where === undefined || player === null || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  go(player, where)
})

// ── copying ──

/** The visible word comes first in the name, too. @param {HTMLElement} button @param {string} word */
function said(button, word) {
  button.textContent = word
  button.setAttribute('aria-label', `${word}: ${button.dataset.what}`)
}

/** @param {HTMLElement} button */
async function copy(button) {
  const box = /** @type {HTMLElement} */ (button.closest('.copyable'))
  const whole = box.querySelector('script.whole')
  const code = /** @type {HTMLElement} */ (box.querySelector('code'))
  const text = whole === null ? code.textContent : JSON.parse(whole.textContent ?? '""')
  try {
    await navigator.clipboard.writeText(text ?? '')
    said(button, 'Copied')
  } catch {
    // No permission, or no clipboard here: selected, it is one key away.
    getSelection()?.selectAllChildren(code)
    said(button, 'Selected')
  }
}

// ── light and dark ──

const theme = /** @type {HTMLButtonElement} */ (document.querySelector('button.theme'))
const prefersDark = matchMedia('(prefers-color-scheme: dark)')
/** Set with the button, and gone with the page. @type {boolean | undefined} */
let chosen

function paint() {
  const dark = chosen ?? prefersDark.matches
  theme.setAttribute('aria-pressed', String(dark))
  if (chosen !== undefined) document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}

prefersDark.addEventListener('change', paint)

// ── one listener for every button ──

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : null
  const button = /** @type {HTMLElement | null} */ (target?.closest('button') ?? null)
  const player = target?.closest('.player')
  if (button?.dataset.go !== undefined && player) go(player, button.dataset.go)
  else if (button?.classList.contains('copy')) void copy(button)
  else if (button?.classList.contains('theme')) {
    chosen = !(chosen ?? prefersDark.matches)
    paint()
  } else if (player && target?.closest('tbody tr'))
    show(player, [...rowsOf(player)].indexOf(/** @type {HTMLTableRowElement} */ (target.closest('tr'))))
})

document.documentElement.classList.add('scripted')
paint()
