import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { listView, pageQuery, presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { limits } from '../limits.ts'
import {
  createCompany, createProject, getCompany, getProject, listCompanies, listProjects, removeLogo, setLogo, updateCompany, updateProject,
} from './companies.ts'
import { receiveLogo } from './logo.ts'
import { companyStatuses, companyView, createCompanyBody, createProjectBody, projectStatuses, projectView, updateCompanyBody, updateProjectBody } from './schema.ts'
import type { CompanyView } from './schema.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })
const search = z.string().trim().max(limits.searchCharsMax).optional().transform((text) => text || undefined)
const companyQuery = pageQuery.extend({ search, status: z.enum(companyStatuses).optional() })
const projectQuery = pageQuery.extend({ search, status: z.enum(projectStatuses).optional() })

export function companyRoutes(app: App, server: Server): void {
  const { db, publicUrl } = app
  /** With the logo's address instead of where it is stored. */
  const present = ({ logo_key, logo_width: _width, logo_height: _height, ...company }: CompanyView) => ({ ...company, logo_url: logo_key === null ? null : `${publicUrl}/media/${logo_key}` })

  server.post('/api/companies', { config: { access: 'admin' }, schema: { body: createCompanyBody, response: { 201: companyView } } }, async (request, reply) => {
    return reply.code(201).send(present(await createCompany(db, currentUser(request), request.body)))
  })

  server.get('/api/companies', { config: { access: 'viewer' }, schema: { querystring: companyQuery, response: { 200: listView(companyView) } } }, async (request) => {
    const page = readPage(request.query)
    const { search, status } = request.query
    const { items, total } = await listCompanies(app, currentUser(request), page, { search, status })
    return presentList({ items: items.map(present), total }, page)
  })

  server.get('/api/companies/:id', { config: { access: 'viewer' }, schema: { params: idParams, response: { 200: companyView } } }, async (request) => {
    return present(await getCompany(db, currentUser(request), request.params.id))
  })

  server.patch('/api/companies/:id', { config: { access: 'manager' }, schema: { params: idParams, body: updateCompanyBody, response: { 200: companyView } } }, async (request) => {
    return present(await updateCompany(db, currentUser(request), request.params.id, request.body))
  })

  server.put('/api/companies/:id/logo', { config: { access: 'manager' }, schema: { params: idParams, response: { 200: companyView } } }, async (request) => {
    return present(await setLogo(app, currentUser(request), request.params.id, await receiveLogo(request)))
  })

  server.delete('/api/companies/:id/logo', { config: { access: 'manager' }, schema: { params: idParams, response: { 200: companyView } } }, async (request) => {
    return present(await removeLogo(app, currentUser(request), request.params.id))
  })

  projectRoutes(app, server)
}

function projectRoutes(app: App, server: Server): void {
  const { db, publicUrl } = app

  server.post('/api/companies/:id/projects', { config: { access: 'editor' }, schema: { params: idParams, body: createProjectBody, response: { 201: projectView } } }, async (request, reply) => {
    const user = currentUser(request)
    return reply.code(201).send(await createProject(db, user, { companyId: request.params.id, name: request.body.name, publicUrl, author: user }))
  })

  server.get('/api/companies/:id/projects', { config: { access: 'viewer' }, schema: { params: idParams, querystring: projectQuery, response: { 200: listView(projectView) } } }, async (request) => {
    const page = readPage(request.query)
    const { search, status } = request.query
    return presentList(await listProjects(app, currentUser(request), request.params.id, page, publicUrl, { search, status }), page)
  })

  server.get('/api/projects/:id', { config: { access: 'viewer' }, schema: { params: idParams, response: { 200: projectView } } }, async (request) => {
    return await getProject(db, currentUser(request), request.params.id, publicUrl)
  })

  server.patch('/api/projects/:id', { config: { access: 'editor' }, schema: { params: idParams, body: updateProjectBody, response: { 200: projectView } } }, async (request) => {
    return await updateProject(db, currentUser(request), request.params.id, request.body, publicUrl)
  })
}
