import { command } from '@mayfly/core'

/** Writes a key and a certificate that it signs itself, good for a day. `extra`: more arguments for `openssl req`. */
export async function makeCertificate(paths: { key: string; certificate: string; extra: readonly string[] }): Promise<void> {
  const { key, certificate, extra } = paths
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=test']
  const made = await command(['openssl', 'req', ...kind, '-keyout', key, '-out', certificate, ...extra], {
    env: { PATH: process.env.PATH ?? '' },
  })
  if (made.code !== 0) throw new Error(made.stderr)
}
