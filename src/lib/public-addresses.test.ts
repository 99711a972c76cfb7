import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressIn, isPublicAddress } from './public-addresses.ts'

test('what is loopback, private, link-local, reserved or a detour to it is not public', () => {
  const ours = (
    '0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 ' +
    '169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 ' +
    '192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 ' +
    '240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ' +
    '::ffff:a9fe:a9fe ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fc00::1 fd00:ec2::254 ' +
    'fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001::1 2001:2::1 2001:db8::1 2002:7f00:1::1 ' +
    '2002:a9fe:a9fe:: 3fff::1 1fff::1 4000::1'
  ).split(' ')
  assert.deepEqual(ours.filter(isPublicAddress), [])
  const nothing = ['', 'localhost', '1.2.3', '1.2.3.4.5', '0x7f.1', '2130706433', '[::1]', 'a:b']
  assert.deepEqual(nothing.filter(isPublicAddress), [])
})

test('addresses of the open internet are public', () => {
  const open = (
    '1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.1.1.1 128.0.0.1 ' +
    '169.253.1.1 169.255.1.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.1.1 192.169.1.1 ' +
    '198.17.1.1 198.20.1.1 223.255.255.255 2606:4700::1111 2a00:1450:4001::1 2001:4860::8888 ' +
    '3ffe::1'
  ).split(' ')
  assert.deepEqual(
    open.filter((one) => !isPublicAddress(one)),
    [],
  )
})

test('the parser of URLs writes every spelling of an IPv4 address the same way', () => {
  const spelled = '127.1 0x7f000001 2130706433 0177.0.0.1 127.0.0.1. ①②⑦.0.0.1'
  for (const one of spelled.split(' ')) {
    const address = addressIn(new URL(`https://${one}/`).hostname)
    assert.equal(address, '127.0.0.1', one)
  }
  assert.equal(addressIn('[::1]'), '::1')
  assert.equal(addressIn('shop.example'), null)
})
