// Every screen: its address, its module (loaded when it is gone to), the right without which it is not in the navigation, its letter
// after `g`.

import type { Component } from 'svelte'
import type { IconName } from './ui/icons'

export type ScreenName =
  | 'inbox' | 'vehicles' | 'vehicle' | 'map' | 'log' | 'quarantine' | 'devices' | 'places' | 'rules' | 'imports' | 'loans' | 'users' | 'audit'
  | 'health' | 'setup' | 'wall' | 'account' | 'reference' | 'login' | 'welcome' | 'invite'

export type ScreenProps = { params: Record<string, string> }

export interface Screen {
  name: ScreenName
  path: string
  /** Some screens need no part of their address: `App` hands it to all. */
  load: () => Promise<{ default: Component<never> }>
  /** Whose navigation shows it; what they may is the server's to say. */
  right?: string
  icon?: IconName
  /** After `g`. */
  letter?: string
  /** Where in the navigation. */
  group?: 'act' | 'know' | 'devices' | 'policy' | 'system'
  /** Without navigation, and before anybody has logged in. */
  bare?: boolean
}

export const SCREENS: readonly Screen[] = [
  { name: 'inbox', path: '/', load: () => import('../screens/Inbox.svelte'), right: 'alerts.read', icon: 'inbox', letter: 'i', group: 'act' },
  { name: 'map', path: '/map', load: () => import('../screens/Map.svelte'), right: 'tracks.read', icon: 'map', letter: 'm', group: 'act' },
  { name: 'vehicles', path: '/vehicles', load: () => import('../screens/Vehicles.svelte'), right: 'vehicles.read', icon: 'car', letter: 'v', group: 'act' },
  { name: 'vehicle', path: '/vehicles/:id', load: () => import('../screens/Vehicle.svelte') },
  { name: 'loans', path: '/loans', load: () => import('../screens/Loans.svelte'), right: 'loans.read', icon: 'loan', letter: 'l', group: 'know' },
  { name: 'imports', path: '/imports', load: () => import('../screens/Imports.svelte'), right: 'imports.run', icon: 'import', letter: 'b', group: 'know' },
  { name: 'places', path: '/places', load: () => import('../screens/Places.svelte'), right: 'places.read', icon: 'place', letter: 'p', group: 'know' },
  { name: 'rules', path: '/rules', load: () => import('../screens/Rules.svelte'), right: 'rules.read', icon: 'rule', letter: 'r', group: 'know' },
  { name: 'quarantine', path: '/quarantine', load: () => import('../screens/Quarantine.svelte'), right: 'devices.read', icon: 'knock', letter: 'q', group: 'devices' },
  { name: 'devices', path: '/devices', load: () => import('../screens/Devices.svelte'), right: 'devices.read', icon: 'device', letter: 'd', group: 'devices' },
  { name: 'log', path: '/log', load: () => import('../screens/Log.svelte'), right: 'positions.read', icon: 'log', letter: 'o', group: 'devices' },
  { name: 'setup', path: '/setup', load: () => import('../screens/Setup.svelte'), right: 'devices.read', icon: 'plug', letter: 's', group: 'devices' },
  { name: 'health', path: '/health', load: () => import('../screens/Health.svelte'), right: 'system.read', icon: 'health', letter: 'h', group: 'system' },
  { name: 'users', path: '/users', load: () => import('../screens/Users.svelte'), right: 'users.read', icon: 'users', letter: 'u', group: 'system' },
  { name: 'audit', path: '/audit', load: () => import('../screens/Audit.svelte'), right: 'audit.read', icon: 'audit', letter: 'a', group: 'system' },
  { name: 'wall', path: '/wall', load: () => import('../screens/Wall.svelte'), right: 'wall.read', icon: 'wall', letter: 'w', group: 'system' },
  { name: 'account', path: '/account', load: () => import('../screens/Account.svelte') },
  { name: 'reference', path: '/reference', load: () => import('../screens/Reference.svelte') },
  { name: 'login', path: '/login', load: () => import('../screens/Login.svelte'), bare: true },
  { name: 'welcome', path: '/welcome', load: () => import('../screens/Welcome.svelte'), bare: true },
  { name: 'invite', path: '/invite', load: () => import('../screens/Invite.svelte'), bare: true },
]
