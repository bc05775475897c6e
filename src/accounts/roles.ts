import type { Access } from '../lib/http/server.ts'
import type { User } from './queries.ts'

export type Role = User['role']
/** What an API token may do at most: look; do an editor's work; all that its owner may. */
export type Scope = 'read' | 'write' | 'manage'

/** From the least to the most; each may what the ones before it may. */
export const roles: readonly Role[] = ['viewer', 'editor', 'manager', 'admin']
/** Roles that belong to a company. */
export const companyRoles = ['manager', 'editor', 'viewer'] as const
export const scopes = ['read', 'write', 'manage'] as const

const roleNeeded: Record<Exclude<Access, 'guest'>, Role> = {
  'signed-in': 'viewer', person: 'viewer', viewer: 'viewer', editor: 'editor', manager: 'manager', admin: 'admin',
}
const roleOfScope: Record<Scope, Role> = { read: 'viewer', write: 'editor', manage: 'admin' }

/** Whether somebody of this role may do what needs `least`. */
export function isAtLeast(role: Role, least: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(least)
}

export function mayUse(role: Role, access: Exclude<Access, 'guest'>): boolean {
  return isAtLeast(role, roleNeeded[access])
}

/** The role that a token acts in: its owner's, as far as its scope goes. */
export function limitRole(role: Role, scope: Scope): Role {
  return isAtLeast(role, roleOfScope[scope]) ? roleOfScope[scope] : role
}
