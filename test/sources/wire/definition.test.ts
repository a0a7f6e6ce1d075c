import { expect, it } from 'vitest'
import { StoreError } from '../../../src/dialects/store-error.js'
import { wire } from '../../../src/sources/wire/definition.js'

const SUBJECT = { name: 'any', topic: 'task:*', start: () => ({ stop() {} }) }

function found(url: string) {
  const closed: string[] = []
  return { closed, url, description: 'redis', version: '7.0.15', shared: false, close: async () => void closed.push(url) }
}

it('does not look into TLS', async () => {
  await expect(wire(SUBJECT, found('rediss://127.0.0.1:6380'))).rejects.toThrow(/the wire probe cannot look into TLS/)
})

it('lets go of a Redis that cannot be used', async () => {
  const gone = found('redis://127.0.0.1:1')
  await expect(wire(SUBJECT, gone)).rejects.toThrow(StoreError)
  expect(gone.closed).toEqual([gone.url])
})
