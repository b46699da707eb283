import { insidePath, ownLabels, ownName } from './checks.ts'
import { checked, keyed, oneOf, passes, type Rules, refused } from './rule.ts'

const FOREIGN = 'Take it out: a preview uses nothing that exists outside of it.'
const HOST = 'Take it out: options of a driver can reach the host.'
const LABELS = checked('any but dev.mayfly.* and com.docker.*', ownLabels)
const NAME = checked('none of its own', (value, at) => ownName({ ...at, path: at.path.slice(0, -1) })(value, at))

export const NETWORK: Rules = {
  attachable: refused('Take it out: only the services of the preview join its networks.'),
  driver: checked('bridge', oneOf(['bridge', 'default'], 'Write bridge or take it out.')),
  driver_opts: refused(HOST),
  enable_ipv4: passes,
  enable_ipv6: refused('Take it out: previews have IPv4 networks of their own.'),
  external: refused(FOREIGN),
  internal: passes,
  ipam: checked(
    'no addresses of its own',
    keyed({
      driver: checked('default', oneOf(['default'], 'Take it out.')),
      config: refused('Take it out: each preview gets a small network of its own, so fixed addresses would collide.'),
      options: refused(HOST),
    }),
  ),
  labels: LABELS,
  name: NAME,
}

export const VOLUME: Rules = {
  driver: checked('local', oneOf(['local'], 'Write local or take it out.')),
  driver_opts: refused(`${HOST} For a volume in memory use the service's tmpfs.`),
  external: refused(FOREIGN),
  labels: LABELS,
  name: NAME,
}

export const FILE: Rules = {
  content: passes,
  driver: refused(HOST),
  driver_opts: refused(HOST),
  environment: checked('a variable that .env or the workflow gives', () => []),
  external: refused(FOREIGN),
  file: checked('a file of the repository', insidePath),
  labels: LABELS,
  name: NAME,
  template_driver: refused(HOST),
}
