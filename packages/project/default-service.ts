import type { ComposeModel } from './model.ts'
import type { Service } from './project.ts'
import { list } from './rule.ts'

const NAMES = ['web', 'app', 'frontend', 'www', 'site']

/** Images that store or carry things and speak no HTTP to people. */
const STORES =
  /(^|\/)(postgres|postgis|timescaledb|pgvector|mysql|mariadb|percona|mongo|redis|valkey|keydb|memcached|rabbitmq|kafka|nats|elasticsearch|opensearch|clickhouse|cassandra|etcd|zookeeper|influxdb|couchdb|neo4j|minio|vault|consul|mssql)[\w.-]*(:|@|$)/i

/**
 * The service that the environment's own host name leads to, where `x-mayfly.default` names none. The first of:
 * one called web, app, frontend, www or site; the one whose route is `/`; then, leaving out databases and the like,
 * the first with published ports, the first with a known port, the first of all. Never one that is not public.
 */
export function chooseDefault(services: readonly Service[], model: ComposeModel): string | undefined {
  const open = services.filter((service) => service.public)
  const named = NAMES.flatMap((name) => open.filter((service) => service.name === name))
  const fronts = open.filter(({ source }) => source.kind !== 'image' || !STORES.test(source.reference))
  const chosen =
    named[0] ??
    open.find((service) => service.route === '/') ??
    fronts.find((service) => list(model.services[service.name]?.ports).length > 0) ??
    fronts.find((service) => service.port !== undefined) ??
    fronts[0]
  return chosen?.name
}
