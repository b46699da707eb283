import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { describe, it } from 'node:test'
import { preAuthentication } from './dsse.ts'

describe('what is signed', () => {
  /** The test vector of the specification: github.com/secure-systems-lab/dsse, protocol.md. */
  const TYPE = 'http://example.com/HelloWorld'
  const signed = preAuthentication(TYPE, Buffer.from('hello world'))

  it('is built as DSSE has it', () => {
    assert.equal(signed.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
    assert.equal(preAuthentication('ü', Buffer.from('é')).toString(), 'DSSEv1 2 ü 2 é')
    assert.equal(preAuthentication('', Buffer.alloc(0)).toString(), 'DSSEv1 0  0 ')
  })

  it("is what DSSE's own signature was made over", () => {
    const coordinate = (number: bigint) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex').toString('base64url')
    const x = coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n)
    const y = coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n)
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
    const signature = 'A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=='
    const raw = { key, dsaEncoding: 'ieee-p1363' } as const
    assert.equal(verify('sha256', signed, raw, Buffer.from(signature, 'base64')), true)
    assert.equal(verify('sha256', Buffer.from('hello world'), raw, Buffer.from(signature, 'base64')), false)
  })
})
