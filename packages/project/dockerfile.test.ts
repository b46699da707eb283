import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exposedPort, portOf } from './dockerfile.ts'

describe('the port that a Dockerfile exposes', () => {
  const rows: [name: string, dockerfile: string, target: string | undefined, port: number | undefined][] = [
    ['is the first of the last stage', 'FROM a\nEXPOSE 1\nFROM b\nEXPOSE 2 3\n', undefined, 2],
    ['is none where only an earlier stage has one', 'FROM a AS x\nEXPOSE 1\nFROM b\n', undefined, undefined],
    ['comes down from the stage that it is built on', 'FROM a AS Base\nEXPOSE 1\nFROM base AS final\n', undefined, 1],
    ['is the target stage’s', 'FROM a AS dev\nEXPOSE 1\nFROM b\nEXPOSE 2\n', 'dev', 1],
    ['may be of a stage named by number', 'FROM a\nEXPOSE 1\nFROM b\nEXPOSE 2\n', '0', 1],
    ['is never UDP', 'FROM a\nEXPOSE 53/udp 80/tcp\n', undefined, 80],
    ['is the first of a range', 'FROM a\nEXPOSE 8000-8010\n', undefined, 8000],
    ['may be a variable with a value', 'FROM a\nENV PORT=3000 X="a b"\nEXPOSE $PORT\n', undefined, 3000],
    ['may be a global argument', `ARG PORT=81\nFROM a\nARG PORT\nEXPOSE \${PORT}\n`, undefined, 81],
    ['may have a default', `FROM a\nEXPOSE \${PORT:-82}\n`, undefined, 82],
    ['is none where its variable has no value', 'FROM a\nEXPOSE $PORT\n', undefined, undefined],
    ['may stand in a continued line', 'FROM a\nexpose \\\n# why\n  83\n', undefined, 83],
    ['is not read from a here-document', 'FROM a\nRUN <<EOT\nEXPOSE 1\nEOT\nEXPOSE 84\n', undefined, 84],
    ['is not read from a comment', 'FROM --platform=linux/amd64 a AS b\r\n# EXPOSE 1\r\nEXPOSE 85\r\n', undefined, 85],
    ['is none in an empty file', '', undefined, undefined],
    ['is none of a target that is not there', 'FROM a\nEXPOSE 1\n', 'x', undefined],
  ]
  for (const [name, dockerfile, target, port] of rows) {
    it(name, () => assert.equal(exposedPort(dockerfile, target), port))
  }

  it('lies between 1 and 65535', () => {
    assert.deepEqual(['0', '65535', '65536', '-1', '8e1', '80/TCP', ' 80 '].map(portOf), [
      undefined,
      65_535,
      undefined,
      undefined,
      undefined,
      80,
      80,
    ])
  })
})
