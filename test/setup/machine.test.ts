import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chooseSource } from '../../scripts/setup/apt.ts'
import { parseRelease, searchPath, which } from '../../scripts/setup/machine.ts'

const releases: [text: string, distribution: string | undefined, codename: string][] = [
  ['PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_CODENAME=bookworm\nID=debian\n', 'debian', 'bookworm'],
  ['ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n', 'ubuntu', 'noble'],
  ['ID="fedora"\nVERSION_ID=42\n', undefined, ''],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=virginia\n', undefined, 'virginia'],
  ["ID='debian'\nVERSION_CODENAME='trixie'\n", 'debian', 'trixie'],
  ['', undefined, ''],
]
for (const [text, distribution, codename] of releases) {
  test(`os-release is read: ${JSON.stringify(text.slice(0, 30))} is ${distribution ?? 'neither'} ${codename}`, () => {
    assert.deepEqual(parseRelease(text), { distribution, codename })
  })
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const stanza = (uri: string, more = '') => `Types: deb\nURIs: ${uri}\nSuites: bookworm\nComponents: main\n${more}`
const sources: [promise: string, texts: string[], uri: string | undefined, signedBy?: string][] = [
  ['a stanza', [stanza('http://mirror.test/debian')], 'http://mirror.test/debian'],
  [
    'its keyring',
    [stanza('http://mirror.test/debian', 'Signed-By: /etc/keys/a.gpg\n')],
    'http://mirror.test/debian',
    '/etc/keys/a.gpg',
  ],
  ['not a key in the text', [stanza('http://mirror.test/debian', 'Signed-By:\n -----BEGIN\n')], 'http://mirror.test/debian'],
  [
    'past a comment inside a stanza',
    ['Types: deb\n# old: http://old.test/debian\nURIs: https://new.test/debian/\n'],
    'https://new.test/debian/',
  ],
  [
    'past one that is switched off',
    [`${stanza('http://off.test/debian', 'Enabled: no\n')}\n${stanza('http://on.test/debian')}`],
    'http://on.test/debian',
  ],
  [
    'past security updates',
    [`${stanza('http://m.test/debian-security')}\n${stanza('http://m.test/debian')}`],
    'http://m.test/debian',
  ],
  [
    'past another vendor',
    ['deb [arch=amd64] https://vendor.test/debian/12/prod bookworm main\n', 'deb http://m.test/debian bookworm main\n'],
    'http://m.test/debian',
  ],
  ['the old format', ['# deb http://no.test/debian x main\ndeb http://m.test/debian/ bookworm main\n'], 'http://m.test/debian/'],
  [
    'the old format with options',
    ['deb [arch=amd64 signed-by=/k.gpg] http://m.test/debian bookworm main\n'],
    'http://m.test/debian',
    '/k.gpg',
  ],
  ['nothing where there is nothing', ['', '# nothing\n', 'deb http://archive.test/ubuntu noble main\n'], undefined],
]
for (const [promise, texts, uri, signedBy = KEYRING] of sources) {
  test(`the machine's source of packages is found: ${promise}`, () => {
    assert.deepEqual(chooseSource(texts), uri === undefined ? undefined : { uri, signedBy })
  })
}

test('a program is found where it can be started, not where a file or folder only has its name', async () => {
  const root = await mkdtemp(join(tmpdir(), 'setup-which-'))
  try {
    const [folder, plain, program] = [join(root, 'a'), join(root, 'b'), join(root, 'c')]
    await mkdir(join(folder, 'tool'), { recursive: true })
    await mkdir(plain)
    await writeFile(join(plain, 'tool'), '')
    await mkdir(program)
    await writeFile(join(program, 'tool'), '#!/bin/sh\n')
    await chmod(join(program, 'tool'), 0o755)
    assert.equal(which('tool', [folder, plain, program].join(':')), join(program, 'tool'))
    assert.equal(which('tool', [folder, plain].join(':')), undefined)
  } finally {
    await rm(root, { recursive: true })
  }
})

test("the administrator's programs are found last, and each folder once", () => {
  assert.equal(searchPath('/usr/sbin::/bin'), '/usr/sbin:/bin:/usr/local/sbin:/sbin')
})
