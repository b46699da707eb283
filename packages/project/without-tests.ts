import type { Project } from './project.ts'

/** The project as it is for everybody but a preview: services that only test the others are no part of it. */
export function withoutTests(project: Project): Project {
  const tests = new Set(project.services.flatMap(({ name, test }) => (test === undefined ? [] : [name])))
  if (tests.size === 0) return project
  const services = Object.entries(project.model.services).filter(([name]) => !tests.has(name))
  return {
    ...project,
    services: project.services.filter(({ name }) => !tests.has(name)),
    model: { ...project.model, services: Object.fromEntries(services) },
  }
}
