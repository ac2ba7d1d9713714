// Every screen: its address, its module (loaded when it is gone to), who has it in their navigation, its letter after `g`.

import type { Component } from 'svelte'
import type { IconName } from './ui/icons'
import type { Role } from './types'

export type ScreenName =
  | 'inbox' | 'vehicles' | 'vehicle' | 'map' | 'log' | 'quarantine' | 'devices' | 'places' | 'rules' | 'imports' | 'loans' | 'users' | 'audit'
  | 'health' | 'setup' | 'wall' | 'account' | 'login' | 'welcome' | 'invite'

export type ScreenProps = { params: Record<string, string> }

export interface Screen {
  name: ScreenName
  path: string
  load: () => Promise<{ default: Component<ScreenProps> }>
  /** Whose navigation shows it; the server decides what they may. */
  roles: readonly Role[]
  icon?: IconName
  /** After `g`. */
  letter?: string
  /** Where in the navigation. */
  group?: 'act' | 'know' | 'devices' | 'policy' | 'system'
  /** Without navigation, and before anybody has logged in. */
  bare?: boolean
}

const ALL = ['collector', 'supervisor', 'ops', 'auditor', 'admin'] as const
const STAFF = ['collector', 'supervisor', 'admin'] as const
const OPS = ['ops', 'admin'] as const

export const SCREENS: readonly Screen[] = [
  { name: 'inbox', path: '/', load: () => import('../screens/Inbox.svelte'), roles: ALL, icon: 'inbox', letter: 'i', group: 'act' },
  { name: 'map', path: '/map', load: () => import('../screens/Map.svelte'), roles: ['collector', 'supervisor', 'ops', 'admin'], icon: 'map', letter: 'm', group: 'act' },
  { name: 'vehicles', path: '/vehicles', load: () => import('../screens/Vehicles.svelte'), roles: ['collector', 'supervisor', 'ops', 'admin'], icon: 'car', letter: 'v', group: 'act' },
  { name: 'vehicle', path: '/vehicles/:id', load: () => import('../screens/Vehicle.svelte'), roles: [] },
  { name: 'loans', path: '/loans', load: () => import('../screens/Loans.svelte'), roles: STAFF, icon: 'loan', letter: 'l', group: 'know' },
  { name: 'imports', path: '/imports', load: () => import('../screens/Imports.svelte'), roles: ['supervisor', 'admin'], icon: 'import', letter: 'b', group: 'know' },
  { name: 'places', path: '/places', load: () => import('../screens/Places.svelte'), roles: ['supervisor', 'ops', 'admin'], icon: 'place', letter: 'p', group: 'know' },
  { name: 'rules', path: '/rules', load: () => import('../screens/Rules.svelte'), roles: ['supervisor', 'auditor', 'admin'], icon: 'rule', letter: 'r', group: 'know' },
  { name: 'quarantine', path: '/quarantine', load: () => import('../screens/Quarantine.svelte'), roles: OPS, icon: 'knock', letter: 'q', group: 'devices' },
  { name: 'devices', path: '/devices', load: () => import('../screens/Devices.svelte'), roles: OPS, icon: 'device', letter: 'd', group: 'devices' },
  { name: 'log', path: '/log', load: () => import('../screens/Log.svelte'), roles: OPS, icon: 'log', letter: 'o', group: 'devices' },
  { name: 'setup', path: '/setup', load: () => import('../screens/Setup.svelte'), roles: OPS, icon: 'plug', letter: 's', group: 'devices' },
  { name: 'health', path: '/health', load: () => import('../screens/Health.svelte'), roles: ['supervisor', 'ops', 'admin'], icon: 'health', letter: 'h', group: 'system' },
  { name: 'users', path: '/users', load: () => import('../screens/Users.svelte'), roles: ['supervisor', 'auditor', 'admin'], icon: 'users', letter: 'u', group: 'system' },
  { name: 'audit', path: '/audit', load: () => import('../screens/Audit.svelte'), roles: ['auditor', 'admin'], icon: 'audit', letter: 'a', group: 'system' },
  { name: 'wall', path: '/wall', load: () => import('../screens/Wall.svelte'), roles: ['supervisor', 'ops', 'admin'], icon: 'wall', letter: 'w', group: 'system' },
  { name: 'account', path: '/account', load: () => import('../screens/Account.svelte'), roles: [] },
  { name: 'login', path: '/login', load: () => import('../screens/Login.svelte'), roles: [], bare: true },
  { name: 'welcome', path: '/welcome', load: () => import('../screens/Welcome.svelte'), roles: [], bare: true },
  { name: 'invite', path: '/invite', load: () => import('../screens/Invite.svelte'), roles: [], bare: true },
]
