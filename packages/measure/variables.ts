import { hostName, LABEL } from '@mayfly/core'
import type { Target } from '@mayfly/environment'
import { type Isolated, urlOf } from '@mayfly/project'

/**
 * What tests are told of the environment that they test: `MAYFLY_URL` leads to the default service, `MAYFLY_URL_<SERVICE>`
 * to each (its name in upper case, everything but letters and digits as `_`), `MAYFLY_ENVIRONMENT` and `MAYFLY_REVISION`
 * name it. A test service is inside the network and is told the services' names there.
 */
export function testVariables(
  target: Target,
  isolated: Isolated,
  revision: string,
  from: 'outside' | 'inside' = 'outside',
): Record<string, string> {
  const variables: Record<string, string> = { MAYFLY_ENVIRONMENT: target.id, MAYFLY_REVISION: revision }
  const main = urlOf(target, hostName(target.id, target.domain))
  for (const { name, urls } of isolated.services) {
    const port = isolated.model.services[name]?.labels?.[LABEL.port] ?? ''
    const own = urls.find((url) => url !== main && !url.startsWith(`${main}/`)) ?? urls[0]
    const url = from === 'inside' ? (port === '' ? undefined : `http://${name}:${port}`) : own
    if (url === undefined) continue
    variables[`MAYFLY_URL_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] = url
    if (urls.includes(main)) variables.MAYFLY_URL = from === 'inside' ? url : main
  }
  return variables
}
