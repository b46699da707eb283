import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enginePackages, type Part, planEngine, type Seen } from '../../scripts/setup/engine-plan.ts'
import type { Machine } from '../../scripts/setup/machine.ts'

const ALL: readonly Part[] = ['engine', 'client', 'buildx', 'compose']
const ready: Seen = { version: '28.2.2', forbidden: false, elsewhere: undefined, parts: ALL }
const debian: Machine = { distribution: 'debian', codename: 'bookworm', root: true, systemd: false }

const plans: [promise: string, seen: Partial<Seen>, install: Part[], start: boolean][] = [
  ['nothing is done where an engine answers and its plug-ins are there', {}, [], false],
  ['a bare machine gets everything', { version: undefined, parts: [] }, [...ALL], true],
  ['a client from another source is kept', { version: undefined, parts: ['client'] }, ['engine', 'buildx', 'compose'], true],
  ['an engine that is installed and stopped is started', { version: undefined }, [], true],
  ['a plug-in that is missing is added beside a running engine', { parts: ['engine', 'client', 'buildx'] }, ['compose'], false],
  [
    'an engine elsewhere needs none on this machine',
    { elsewhere: 'ssh://host', parts: ['client', 'buildx', 'compose'] },
    [],
    false,
  ],
]
for (const [promise, seen, install, start] of plans) {
  test(promise, () => assert.deepEqual(planEngine({ ...ready, ...seen }, debian), { install, start }))
}

const refusals: [promise: string, seen: Partial<Seen>, machine: Partial<Machine>, said: string][] = [
  [
    'without root, what is missing is named and nothing is installed',
    { version: undefined, parts: ['client'] },
    { root: false },
    'No Docker engine answers, Docker Engine, docker buildx, docker compose 2 are missing, and it cannot be set up from here because this user is not root.',
  ],
  [
    'on another distribution, what is missing is named',
    { parts: ['engine', 'client', 'buildx'] },
    { distribution: undefined },
    'docker compose 2 is missing, and it cannot be set up from here because this is neither Debian nor Ubuntu.',
  ],
  [
    'a user whom the engine refuses is told so, and no second engine is started',
    { version: undefined, forbidden: true },
    {},
    'The Docker engine refuses this user: add it to the group docker, or run this as root.',
  ],
  [
    'an engine elsewhere that does not answer is not replaced by one here',
    { version: undefined, elsewhere: 'ssh://host' },
    {},
    'No Docker engine answers at ssh://host: start it, or choose another with DOCKER_HOST or docker context.',
  ],
  [
    'an old engine is not upgraded under its containers',
    { version: '20.10.24+dfsg1' },
    {},
    'Docker Engine 20.10.24+dfsg1 answers, and 25 is the oldest that will do: upgrade it.',
  ],
]
for (const [promise, seen, machine, message] of refusals) {
  test(promise, () =>
    assert.throws(() => planEngine({ ...ready, ...seen }, { ...debian, ...machine }), { name: 'UserError', message }),
  )
}

test('Debian 12 takes the engine from Debian 13 and iptables from itself', () => {
  const packages = [
    'docker.io/trixie',
    'containerd/trixie',
    'docker-cli/trixie',
    'docker-buildx/trixie',
    'docker-compose/trixie',
    'iptables',
  ]
  assert.deepEqual(enginePackages(ALL, debian), { packages, trixie: true })
})

test('Debian 13 and later take their own', () => {
  for (const codename of ['trixie', 'forky', 'sid']) {
    assert.deepEqual(enginePackages(['buildx'], { ...debian, codename }), { packages: ['docker-buildx'], trixie: false })
  }
})

test('Ubuntu has other names for them', () => {
  const packages = ['docker.io', 'iptables', 'docker.io', 'docker-buildx', 'docker-compose-v2']
  assert.deepEqual(enginePackages(ALL, { ...debian, distribution: 'ubuntu', codename: 'noble' }), { packages, trixie: false })
})

test('Debian 11 is too old, and told so before anything is changed', () => {
  assert.throws(() => enginePackages(ALL, { ...debian, codename: 'bullseye' }), /Debian 12 or newer is needed/)
})
