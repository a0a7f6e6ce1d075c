/** A client of server-sent events, as small as the tests need it: what comes, in order, pulled by hand. */
export interface SseEvent {
  readonly event?: string
  readonly id?: string
  readonly data?: unknown
}

export class SseClient implements AsyncDisposable {
  readonly #controller = new AbortController()
  #events: AsyncGenerator<SseEvent, void, undefined> | undefined
  response!: Response

  static async connect(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    const client = new SseClient()
    client.response = await fetch(url, { headers, signal: client.#controller.signal })
    client.#events = parse(client.response)
    return client
  }

  /** The next event; undefined when the server has closed the stream. */
  async next(): Promise<SseEvent | undefined> {
    const result = await this.#events!.next()
    return result.done ? undefined : result.value
  }

  async take(count: number): Promise<(SseEvent | undefined)[]> {
    const events: (SseEvent | undefined)[] = []
    for (let i = 0; i < count; i++) events.push(await this.next())
    return events
  }

  /** Cuts the connection, as a closed tab does. */
  leave(): void {
    this.#controller.abort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave()
  }
}

async function* parse(response: Response): AsyncGenerator<SseEvent, void, undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    for (const block of blocks) if (!block.startsWith(':')) yield toEvent(block)
  }
}

function toEvent(block: string): SseEvent {
  const event: Record<string, unknown> = {}
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ')
    const value = line.slice(colon + 2)
    event[line.slice(0, colon)] = line.startsWith('data') ? (JSON.parse(value) as unknown) : value
  }
  return event
}
