import type { LoadInput } from './checkout.ts'

export interface Harmless extends LoadInput {
  name: string
  /** The services, in order. */
  services: string[]
  /** The default service. */
  front: string | undefined
  /** Known ports. */
  ports?: Record<string, number>
}

const DOCKERFILE = 'FROM debian:trixie-slim\nEXPOSE 3000\n'

/** Compose files as people write them. None of them is refused. */
export const harmless: readonly Harmless[] = [
  {
    name: 'WordPress with its database',
    services: ['db', 'wordpress'],
    front: 'wordpress',
    ports: { wordpress: 80 },
    files: {
      'compose.yaml': `
services:
  db:
    image: mysql:8.4
    restart: always
    environment:
      MYSQL_DATABASE: exampledb
      MYSQL_USER: exampleuser
      MYSQL_PASSWORD: examplepass
      MYSQL_RANDOM_ROOT_PASSWORD: '1'
    volumes:
      - db:/var/lib/mysql
  wordpress:
    image: wordpress
    restart: always
    ports:
      - 8080:80
    environment:
      WORDPRESS_DB_HOST: db
    volumes:
      - wordpress:/var/www/html
volumes:
  wordpress:
  db:
`,
    },
  },
  {
    name: 'a voting application with two networks, health checks and a seed profile',
    services: ['vote', 'result', 'worker', 'redis', 'db'],
    front: 'vote',
    ports: { vote: 80, result: 80 },
    files: {
      'vote/Dockerfile': 'FROM debian:trixie-slim AS base\nFROM base AS dev\nFROM base AS final\nEXPOSE 80\n',
      'result/Dockerfile': DOCKERFILE,
      'worker/Dockerfile': 'FROM debian:trixie-slim\n',
      'seed-data/Dockerfile': 'FROM debian:trixie-slim\n',
      'healthchecks/redis.sh': '#!/bin/sh\n',
      'compose.yaml': `
services:
  vote:
    build: { context: ./vote, target: dev }
    depends_on: { redis: { condition: service_healthy } }
    healthcheck: { test: [CMD, curl, -f, "http://localhost"], interval: 15s, timeout: 5s, retries: 3, start_period: 10s }
    volumes: ["./vote:/usr/local/app"]
    ports: ["8080:80"]
    networks: [front-tier, back-tier]
  result:
    build: ./result
    entrypoint: nodemon --inspect=0.0.0.0 server.js
    ports: ["8081:80", "127.0.0.1:9229:9229"]
    networks: [front-tier, back-tier]
  worker:
    build: { context: ./worker }
    networks: [back-tier]
  redis:
    image: redis:alpine
    volumes: ["./healthchecks:/healthchecks"]
    healthcheck: { test: /healthchecks/redis.sh, interval: 5s }
    networks: [back-tier]
  db:
    image: postgres:15-alpine
    volumes: ["db-data:/var/lib/postgresql/data"]
    networks: [back-tier]
  seed:
    build: ./seed-data
    profiles: [seed]
    restart: "no"
volumes: { db-data: {} }
networks:
  front-tier:
  back-tier: { internal: true }
`,
    },
  },
  {
    name: 'a profile that is asked for',
    services: ['web', 'tools'],
    front: 'web',
    profiles: ['debug'],
    files: {
      'compose.yaml':
        'services:\n  web: { image: caddy, ports: [80] }\n  tools: { image: adminer, profiles: [debug], expose: [8080] }\n',
    },
    ports: { web: 80, tools: 8080 },
  },
  {
    name: 'a dangerous service in a profile that is not asked for',
    services: ['web'],
    front: 'web',
    files: {
      'compose.yaml': 'services:\n  web: { image: caddy }\n  debug: { image: caddy, privileged: true, profiles: [debug] }\n',
    },
  },
  {
    name: 'env files, one of them optional, and .env for interpolation',
    services: ['web'],
    front: 'web',
    files: {
      '.env': 'TAG=2\nexport COLOR=blue\n',
      'config/web.env': `A=1\nB=\${COLOR}\n`,
      'compose.yaml': `
services:
  web:
    image: caddy:\${TAG}
    env_file:
      - config/web.env
      - path: ./local.env
        required: false
    environment:
      COLOR:
      GREETING: "costs $$5 and \${MISSING:-nothing} more"
`,
    },
  },
  {
    name: 'a variable that the workflow passes on',
    services: ['web'],
    front: 'web',
    env: { API_URL: 'https://api.example', ENV_NAME: 'ci' },
    files: {
      'ci.env': 'A=1\n',
      'compose.yaml': `services:\n  web: { image: caddy, env_file: "\${ENV_NAME}.env", environment: [API_URL], command: ["\${API_URL?needed}"] }\n`,
    },
  },
  {
    name: 'a default for the name of an env file',
    services: ['web'],
    front: 'web',
    files: { 'dev.env': 'A=1\n', 'compose.yaml': `services:\n  web: { image: caddy, env_file: "\${FILE:-dev.env}" }\n` },
  },
  {
    name: 'anchors, aliases and merge keys',
    services: ['web', 'worker'],
    front: 'web',
    files: {
      Dockerfile: DOCKERFILE,
      'app.env': 'A=1\n',
      'compose.yaml': `
x-common: &common
  build: .
  env_file: app.env
  environment: &env { A: "1" }
services:
  web:
    <<: *common
    environment: { <<: *env, B: "2" }
  worker:
    <<: [*common]
    command: [work]
`,
    },
    ports: { web: 3000, worker: 3000 },
  },
  {
    name: 'extends from another file in a folder of its own, which extends again',
    services: ['web'],
    front: 'web',
    files: {
      'base/Dockerfile': DOCKERFILE,
      'base/base.env': 'A=1\n',
      'base/common.yaml': 'services:\n  app: { extends: { file: ../root.yaml, service: most }, build: ., env_file: base.env }\n',
      'root.yaml': 'services:\n  most: { init: true }\n  unused: { privileged: true, image: x, env_file: /etc/hostname }\n',
      'compose.yaml': 'services:\n  web:\n    extends: { file: base/common.yaml, service: app }\n',
    },
    ports: { web: 3000 },
  },
  {
    name: 'include with its own folder and .env',
    services: ['web', 'db'],
    front: 'web',
    files: {
      'db/.env': 'PG=17\n',
      'db/compose.yaml': `services:\n  db: { image: "postgres:\${PG}", env_file: db.env, secrets: [password] }\nsecrets: { password: { file: ./password } }\n`,
      'db/db.env': 'A=1\n',
      'db/password': 'secret\n',
      'compose.yaml': 'include: [db/compose.yaml]\nservices:\n  web: { image: caddy, depends_on: [db] }\n',
    },
  },
  {
    name: 'include in its long form',
    services: ['web', 'db'],
    front: 'web',
    files: {
      'deploy/parts/db.yaml': `services:\n  db: { image: "postgres:\${PG}", env_file: deploy/db.env }\n`,
      'deploy/vars.env': 'PG=17\n',
      'deploy/db.env': 'A=1\n',
      'compose.yaml':
        'include:\n  - path: [deploy/parts/db.yaml]\n    project_directory: .\n    env_file: deploy/vars.env\nservices:\n  web: { image: caddy }\n',
    },
  },
  {
    name: 'long syntax of ports, volumes, configs and secrets',
    services: ['web'],
    front: 'web',
    files: {
      'nginx.conf': 'events {}\n',
      'token.txt': 'x\n',
      'compose.yaml': `
services:
  web:
    image: nginx
    ports:
      - { target: 80, published: "8080", protocol: tcp, mode: host }
    volumes:
      - { type: bind, source: ./data, target: /data, read_only: true, bind: { propagation: rprivate } }
      - { type: volume, source: cache, target: /cache, volume: { nocopy: true } }
      - { type: tmpfs, target: /tmp, tmpfs: { size: 1048576 } }
    configs:
      - { source: nginx, target: /etc/nginx/nginx.conf, mode: 0440 }
      - motd
    secrets:
      - { source: token, target: api_token }
volumes: { cache: }
configs:
  nginx: { file: ./nginx.conf }
  motd: { content: "hello \${NAME:-you}, that is $$1" }
secrets:
  token: { file: ./token.txt }
`,
    },
    ports: { web: 80 },
  },
  {
    name: 'a secret and a config from .env',
    services: ['web'],
    front: 'web',
    files: {
      '.env': 'TOKEN=abc$def\n',
      'compose.yaml':
        'services:\n  web: { image: caddy, secrets: [t], configs: [c] }\nsecrets: { t: { environment: TOKEN } }\nconfigs: { c: { environment: TOKEN } }\n',
    },
  },
  {
    name: 'hardening: dropped capabilities, a few back, no new privileges, read-only, user, ulimits',
    services: ['web'],
    front: 'web',
    files: {
      'compose.yaml': `
services:
  web:
    image: caddy
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE, CAP_CHOWN]
    security_opt: ["no-new-privileges:true"]
    read_only: true
    user: "1000:1000"
    tmpfs: [/run, /tmp]
    init: true
    ulimits: { nofile: { soft: 1024, hard: 2048 }, nproc: 100 }
    shm_size: 128mb
    stop_grace_period: 5s
    privileged: false
    devices: []
    pid: ""
`,
    },
  },
  {
    name: 'limits, replicas and policies',
    services: ['web'],
    front: 'web',
    files: {
      'compose.yaml': `
services:
  web:
    image: caddy
    mem_limit: 256m
    cpus: 0.5
    pids_limit: 100
    deploy:
      mode: replicated
      replicas: 3
      labels: { team: shop }
      restart_policy: { condition: on-failure }
      update_config: { parallelism: 2 }
      resources: { limits: { cpus: "0.5", memory: 256M, pids: 100 }, reservations: { memory: 64M } }
`,
    },
  },
  {
    name: 'labels of other tools, hosts by name, links and public name servers',
    services: ['web', 'db'],
    front: 'web',
    files: {
      'compose.yaml': `
services:
  web:
    image: caddy
    labels: ["traefik.enable=true", "com.example.team=shop"]
    extra_hosts: ["partner.example:203.0.113.7"]
    links: ["db:database"]
    dns: [9.9.9.9]
    dns_search: example.com
    hostname: web
    networks: { default: { aliases: [site] } }
  db:
    image: postgres
    labels: { com.example.tier: data }
networks:
  default: { driver: bridge, labels: { team: shop } }
volumes: {}
`,
    },
  },
  {
    name: 'a build with everything that builds may have',
    services: ['web'],
    front: 'web',
    files: {
      '.env': 'NPM_TAG=next\n',
      'app/docker/Dockerfile.prod': DOCKERFILE,
      'shared/x': '1',
      npmrc: 'x\n',
      'compose.yaml': `
services:
  web:
    platform: linux/amd64
    build:
      context: ./app
      dockerfile: docker/Dockerfile.prod
      args: { COLOR: "blue$$", NPM_TAG: }
      target: ""
      labels: { team: shop }
      secrets: [npmrc]
      additional_contexts: { shared: ./shared, base: "docker-image://debian:trixie-slim" }
      cache_from: ["type=gha", "example/web:cache"]
      network: none
      shm_size: 64m
      tags: ["example/web:dev"]
      platforms: [linux/amd64, linux/arm64]
      pull: true
secrets: { npmrc: { file: ./npmrc } }
`,
    },
    ports: { web: 3000 },
  },
  {
    name: 'an inline Dockerfile',
    services: ['web'],
    front: 'web',
    files: {
      'compose.yaml':
        'services:\n  web:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM scratch\n        EXPOSE 81/udp 82\n',
    },
    ports: { web: 82 },
  },
  {
    name: 'an override file beside it, with Compose tags',
    services: ['web'],
    front: 'web',
    files: {
      'docker-compose.yml': 'version: "3.8"\nservices:\n  web: { image: caddy, ports: ["80:80"], container_name: shop }\n',
      'docker-compose.override.yml': 'services:\n  web:\n    container_name: !reset null\n    ports: !override ["8080:8080"]\n',
    },
    ports: { web: 8080 },
  },
  {
    name: 'a Compose file in a folder, with paths that climb but stay inside',
    services: ['api'],
    front: 'api',
    composeFile: 'deploy/preview.yaml',
    files: {
      Dockerfile: DOCKERFILE,
      'deploy/preview.yaml': 'services:\n  api: { build: .., volumes: ["../seed:/seed:ro"] }\n',
    },
    ports: { api: 3000 },
  },
  {
    name: 'namespaces shared between its own services',
    services: ['app', 'sidecar'],
    front: 'app',
    files: {
      'compose.yaml':
        'services:\n  app: { image: caddy, ipc: shareable }\n  sidecar: { image: caddy, network_mode: "service:app", pid: "service:app", ipc: "service:app", volumes_from: ["app:ro"] }\n',
    },
  },
  {
    name: 'a symbolic link that stays inside',
    services: ['web'],
    front: 'web',
    files: {
      'shared/app.env': 'A=1\n',
      'app/.env.link': { link: '../shared/app.env' },
      'compose.yaml': 'services:\n  web: { image: caddy, env_file: app/.env.link, volumes: ["./app:/app"] }\n',
    },
  },
  {
    name: 'several documents in one file, and names with dots',
    services: ['web', 'my.worker_1'],
    front: 'web',
    files: { 'compose.yaml': 'services:\n  web: { image: caddy }\n---\nservices:\n  my.worker_1: { image: caddy }\n' },
  },
  {
    name: 'functions beside services, one with a place in the Compose file',
    services: ['web', 'api', 'hello'],
    front: 'web',
    files: {
      'compose.yaml':
        'services:\n  web: { image: caddy, x-mayfly: { port: 8088, route: /shop/ } }\n  api: { build: ./functions/api, environment: { A: "1" } }\n  db: { image: postgres, profiles: [data], x-mayfly: { public: false } }\nx-mayfly: { default: web }\n',
      'functions/api/package.json': '{ "name": "@acme/api", "version": "1.2.3", "mayfly": { "route": "/api" } }',
      'functions/api/index.ts': '',
      'functions/hello/package.json': '{ "mayfly": { "route": "/hello" } }',
      'functions/hello/index.mjs': '',
    },
    ports: { web: 8088, api: 8080, hello: 8080 },
  },
]
