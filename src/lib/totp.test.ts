// The worked examples of RFC 4226 (appendix D), RFC 6238 (appendix B) and RFC 4648 (section 10).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base32, findStep, hotp, otpauthUri, stepAt } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

test('codes by counter: RFC 4226, appendix D', () => {
  const codes = ['755224', '287082', '359152', '969429', '338314']
  codes.push('254676', '287922', '162583', '399871', '520489')
  codes.forEach((code, counter) => {
    assert.equal(hotp(secret, counter), code, `${counter}`)
  })
})

test('codes by time: RFC 6238, appendix B, the last six of its eight digits', () => {
  const by_second: readonly (readonly [number, string])[] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ]
  for (const [second, code] of by_second) {
    assert.equal(hotp(secret, stepAt(new Date(second * 1000))), code, `${second}`)
  }
})

test('base 32: RFC 4648, section 10, without its padding', () => {
  const words = ['', 'MY', 'MZXQ', 'MZXW6', 'MZXW6YQ', 'MZXW6YTB', 'MZXW6YTBOI']
  words.forEach((word, length) => {
    assert.equal(base32(Buffer.from('foobar'.slice(0, length))), word)
  })
  assert.equal(base32(Buffer.alloc(20, 0xff)), '7'.repeat(32))
})

test('a code is good in its step and beside it, and never after one of its step was taken', () => {
  const now = new Date(1_234_567_890_000)
  const step = stepAt(now)
  const cases: readonly (readonly [number, number, number | null])[] = [
    [step, 0, step],
    [step - 1, 0, step - 1],
    [step + 1, 0, step + 1],
    [step - 2, 0, null],
    [step + 2, 0, null],
    [step, step - 1, step],
    [step, step, null],
    [step - 1, step, null],
    [step + 1, step, step + 1],
  ]
  for (const [of, last_step, found] of cases) {
    assert.equal(
      findStep(secret, hotp(secret, of), { now, last_step }),
      found,
      `${of} ${last_step}`,
    )
  }
  for (const wrong of ['', '0', '000000', '0000000', 'abcdef']) {
    assert.equal(findStep(secret, wrong, { now, last_step: 0 }), null)
  }
})

test('what an app reads from the picture', () => {
  assert.equal(
    otpauthUri('Tea & Co', 'ada@shop.example', secret),
    'otpauth://totp/Tea%20%26%20Co:ada%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' +
      '&issuer=Tea%20%26%20Co&algorithm=SHA1&digits=6&period=30',
  )
})
