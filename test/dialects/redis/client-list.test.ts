import { expect, it } from 'vitest'
import { addressOfSocket, isBlocked, parseClientList, plainAddress } from '../../../src/dialects/redis/client-list.js'

it('takes a list apart', () => {
  const list = parseClientList(
    'id=3 addr=127.0.0.1:38146 laddr=127.0.0.1:1 fd=8 name= age=0 flags=N qbuf=26 qbuf-free=20448 cmd=client|list user=default\n' +
      'id=12 addr=[::1]:5555 name=a=b flags=xb qbuf=0 cmd=xread\n',
  )
  expect(list).toEqual([
    { id: '3', addr: '127.0.0.1:38146', flags: 'N', cmd: 'client|list', waiting: 26 },
    { id: '12', addr: '::1:5555', flags: 'xb', cmd: 'xread', waiting: 0 },
  ])
  expect(list.map(isBlocked)).toEqual([false, true])
  expect(parseClientList('')).toEqual([])
})

it.each([
  ['127.0.0.1:1', '127.0.0.1:1'],
  ['[::FFFF:127.0.0.1]:1', '127.0.0.1:1'],
  ['::ffff:127.0.0.1:1', '127.0.0.1:1'],
  ['[fe80::1]:1', 'fe80::1:1'],
])('spells %s as %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain)
})

it('knows no address of a socket that is not connected', () => {
  expect(addressOfSocket({})).toBeUndefined()
  expect(addressOfSocket({ localAddress: '::1', localPort: 5 })).toBe('::1:5')
})
