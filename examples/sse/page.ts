/** The page that shows a task's tokens as they come. Served as it is: no build, no dependencies. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tailrace: SSE example</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
  #tokens { min-height: 8rem; padding: 1rem; border: 1px solid #c9d1d9; border-radius: .5rem }
  #tokens { white-space: pre-wrap; overflow-wrap: anywhere }
  #state { color: #57606a }
  input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem .6rem }
  button { font: inherit; padding: .3rem .8rem }
  @media (prefers-color-scheme: dark) {
    body { color: #e6edf3; background: #0d1117 }
    #tokens { border-color: #30363d }
    #state { color: #8b949e }
  }
</style>
<h1>Task <code id="task"></code></h1>
<p id="state" role="status">connecting…</p>
<div id="tokens" aria-live="polite"></div>
<form id="form">
  <p><label>What the agent says, one token a word: <input id="text" value="Nothing that is appended in the gap is lost."></label></p>
  <p><button>Append</button> <button type="button" id="done">Append the end</button></p>
</form>
<script>
  const $ = (id) => document.getElementById(id)
  const task = new URLSearchParams(location.search).get('task') || 'demo'
  const from = new URLSearchParams(location.search).get('from')
  const url = '/tasks/' + encodeURIComponent(task) + '/events'
  const state = (text) => { $('state').textContent = text }
  $('task').textContent = task

  // The browser reconnects by itself, and sends the last id that it saw as Last-Event-ID.
  const source = new EventSource(url + (from ? '?from=' + encodeURIComponent(from) : ''))
  source.addEventListener('connected', () => state('connected'))
  source.addEventListener('stream-error', (event) => {
    const { message, retryInMs } = JSON.parse(event.data)
    state('the store failed: ' + message + '; trying again in ' + retryInMs / 1000 + ' s')
  })
  source.addEventListener('undecodable', (event) => state('skipped an entry: ' + JSON.parse(event.data).reason))
  source.addEventListener('end', (event) => {
    source.close()
    state('ended: ' + JSON.parse(event.data).reason)
  })
  source.onmessage = (event) => {
    const data = JSON.parse(event.data)
    state('connected')
    $('tokens').append(data && typeof data.text === 'string' ? data.text : event.data + '\\n')
  }
  source.onerror = () => state(source.readyState === EventSource.CLOSED ? 'refused' : 'connection lost, reconnecting…')

  const append = async (data) => {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) })
    if (!response.ok) state('not appended: ' + (await response.text()))
  }
  $('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    for (const word of $('text').value.split(/(?<= )/)) await append({ type: 'token', text: word })
  })
  $('done').addEventListener('click', () => append({ type: 'done' }))
</script>
</html>
`
