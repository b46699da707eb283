import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '@mayfly/core'

/** What examples and users' projects lean on in the base images, true of the official ones and of what set-up builds in their place. */

const inherited = Object.fromEntries(Object.entries(process.env).map(([key, value]) => [key, value ?? '']))

async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(['docker', ...args], { env: inherited })
  assert.equal(code, 0, `docker ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

const answers: [promise: string, image: string, script: string, said: RegExp][] = [
  [
    'the base is Debian 13 with apt',
    'debian:trixie-slim',
    'cat /etc/debian_version; command -v apt-get',
    /^13\.\d+\n\/usr\/bin\/apt-get$/,
  ],
  ['node:24-slim has Node 24', 'node:24-slim', 'node --version', /^v24\./],
  ['node:24-slim has npm and npx', 'node:24-slim', 'npm --version && npx --version', /^11\..*\n11\./],
  ['node:24-slim has the user node, number 1000', 'node:24-slim', 'id -u node', /^1000$/],
  ['caddy:2 keeps its data where volumes are put', 'caddy:2', 'echo $XDG_CONFIG_HOME $XDG_DATA_HOME', /^\/config \/data$/],
  [
    'caddy:2 finds its default configuration good',
    'caddy:2',
    'caddy validate --config /etc/caddy/Caddyfile 2>&1',
    /Valid configuration/,
  ],
  ['nginx:alpine can fetch for a health check', 'nginx:alpine', 'command -v curl; command -v wget', /curl\n.*wget$/],
  ['postgres:17-alpine is PostgreSQL 17', 'postgres:17-alpine', 'postgres --version', / 17\./],
]
for (const [promise, image, script, said] of answers) {
  test(promise, async () =>
    assert.match(await docker('run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', script), said),
  )
}

test('nginx:alpine serves /usr/share/nginx/html and logs to the container', async () => {
  const id = await docker('run', '--detach', '--rm', '--network', 'none', 'nginx:alpine')
  try {
    await docker('exec', id, 'sh', '-c', 'echo hello >/usr/share/nginx/html/hello.txt')
    const url = 'http://127.0.0.1/hello.txt'
    assert.equal(await docker('exec', id, 'sh', '-c', `until curl --fail --silent ${url}; do sleep 0.1; done`), 'hello')
    assert.match(await docker('logs', id), /"GET \/hello.txt HTTP\/1.1" 200/)
  } finally {
    await docker('rm', '--force', id)
  }
})

test('postgres:17-alpine makes user, password and database, runs the scripts once, keeps the data and stops at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'setup-postgres-'))
  await chmod(folder, 0o755)
  await writeFile(join(folder, '1-tables.sql'), "create table fruit (name text); insert into fruit values ('quince');")
  await writeFile(
    join(folder, '2-more.sh'),
    'psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command "insert into fruit values (\'pear\')"',
  )
  await writeFile(join(folder, 'password'), 'open sesame\n')
  const environment = ['POSTGRES_USER=owner', 'POSTGRES_PASSWORD_FILE=/docker-entrypoint-initdb.d/password', 'POSTGRES_DB=shop']
  const options = [
    '--network',
    'none',
    '--volume',
    `${folder}:/docker-entrypoint-initdb.d:ro`,
    ...environment.flatMap((entry) => ['--env', entry]),
  ]
  const id = await docker('run', '--detach', ...options, 'postgres:17-alpine', '-c', 'max_connections=20')
  // Over TCP, where the password counts and nobody is served before the scripts have run.
  const query = (sql: string) =>
    docker(
      'exec',
      '--env',
      'PGPASSWORD=open sesame',
      id,
      'sh',
      '-c',
      'until pg_isready --quiet --host 127.0.0.1; do sleep 0.1; done; psql --no-align --tuples-only --host 127.0.0.1 --username owner --dbname shop --command "$1"',
      'sh',
      sql,
    )
  try {
    const everything =
      "select string_agg(name, ',' order by name) || ' ' || getdatabaseencoding() || ' ' || current_setting('max_connections') from fruit"
    assert.equal(await query(everything), 'pear,quince UTF8 20')
    await docker('stop', '--time', '8', id)
    assert.equal(await docker('inspect', '--format', '{{.State.ExitCode}}', id), '0')
    await docker('start', id)
    assert.equal(await query(everything), 'pear,quince UTF8 20')
  } finally {
    await docker('rm', '--force', '--volumes', id)
    await rm(folder, { recursive: true })
  }
})
