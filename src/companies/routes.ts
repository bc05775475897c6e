import { z } from 'zod'
import { currentUser } from '../accounts/accounts.ts'
import type { App } from '../app.ts'
import { listView, pageQuery, presentList, readPage } from '../lib/http/pages.ts'
import type { Server } from '../lib/http/server.ts'
import { createCompany, createProject, getCompany, getProject, listCompanies, listProjects } from './companies.ts'
import { companyView, createCompanyBody, createProjectBody, projectView } from './schema.ts'

const idParams = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) })

export function companyRoutes(app: App, server: Server): void {
  const { db, publicUrl } = app

  server.post('/api/companies', { config: { access: 'admin' }, schema: { body: createCompanyBody, response: { 201: companyView } } }, async (request, reply) => {
    return reply.code(201).send(await createCompany(db, { name: request.body.name, contactEmail: request.body.contact_email }))
  })

  server.get('/api/companies', { config: { access: 'signed-in' }, schema: { querystring: pageQuery, response: { 200: listView(companyView) } } }, async (request) => {
    const page = readPage(request.query)
    return presentList(await listCompanies(app, currentUser(request), page), page)
  })

  server.get('/api/companies/:id', { config: { access: 'signed-in' }, schema: { params: idParams, response: { 200: companyView } } }, async (request) => {
    return await getCompany(db, currentUser(request), request.params.id)
  })

  server.post('/api/companies/:id/projects', { config: { access: 'signed-in' }, schema: { params: idParams, body: createProjectBody, response: { 201: projectView } } }, async (request, reply) => {
    return reply.code(201).send(await createProject(db, currentUser(request), { companyId: request.params.id, name: request.body.name, publicUrl }))
  })

  server.get('/api/companies/:id/projects', { config: { access: 'signed-in' }, schema: { params: idParams, querystring: pageQuery, response: { 200: listView(projectView) } } }, async (request) => {
    const page = readPage(request.query)
    return presentList(await listProjects(app, currentUser(request), request.params.id, page, publicUrl), page)
  })

  server.get('/api/projects/:id', { config: { access: 'signed-in' }, schema: { params: idParams, response: { 200: projectView } } }, async (request) => {
    return await getProject(db, currentUser(request), request.params.id, publicUrl)
  })
}
