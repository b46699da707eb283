import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { npmPurl, ociPurl } from './purl.ts'

describe('a package URL', () => {
  const packages: [name: string, version: string, purl: string][] = [
    ['foobar', '12.3.1', 'pkg:npm/foobar@12.3.1'],
    ['@angular/animation', '12.3.1', 'pkg:npm/%40angular/animation@12.3.1'],
    ['hono', '', 'pkg:npm/hono'],
    ['hono', '4.0.0-rc.1+build', 'pkg:npm/hono@4.0.0-rc.1%2Bbuild'],
    ['a b?c#d', "1'(2)!*", 'pkg:npm/a%20b%3Fc%23d@1%27%282%29%21%2A'],
    ['half\ud800', '1', 'pkg:npm/half%EF%BF%BD@1'],
  ]
  for (const [name, version, purl] of packages) {
    it(`of the package ${JSON.stringify(name)} ${version} is ${purl}`, () => assert.equal(npmPurl(name, version), purl))
  }

  it('of an image names it by the last part of its repository, as the specification has it', () => {
    const purl = 'pkg:oci/debian@sha256:244fd47e07d10?repository_url=docker.io%2Flibrary%2Fdebian'
    assert.equal(ociPurl('docker.io/library/debian', 'sha256:244fd47e07d10'), purl)
    assert.match(
      ociPurl('127.0.0.1:5000/Acme/Web', 'sha256:1'),
      /^pkg:oci\/web@sha256:1\?repository_url=127\.0\.0\.1:5000%2FAcme%2FWeb$/,
    )
  })

  it('can be read back, whatever it was made of', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(text, text, (name, version) => {
        const [, path = '', of = ''] = /^pkg:npm\/([\w.~:%/-]+)@([\w.~:%-]+)$/.exec(npmPurl(name, version)) ?? []
        assert.equal(path.split('/').map(decodeURIComponent).join('/'), name.toWellFormed())
        assert.equal(decodeURIComponent(of), version.toWellFormed())
      }),
    )
  })
})
