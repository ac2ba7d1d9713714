// Users, teams, tokens.

import type { Role, Time } from './terms'
import type { Grant, TeamName } from './me'

/** `lenders` and `regions`: what they were given themselves, beside what their teams see. */
export interface User extends Grant {
  id: string
  name: string
  display_name: string
  role: Role
  teams: TeamName[]
  totp: boolean
  disabled: boolean
  /** Has chosen a password. */
  active: boolean
  version: number
  created_at: Time
  login_at: Time | null
}

export interface Invited {
  user: User
  invite_link: string
  expires_at: Time
}

export interface Member {
  id: string
  name: string
  display_name: string
}

export interface Team extends Grant {
  id: string
  name: string
  members: Member[]
  version: number
  created_at: Time
}

export interface Token {
  id: string
  name: string
  user: { id: string; name: string }
  rights: string[]
  scope: Grant[]
  created_at: Time
  expires_at: Time | null
  used_at: Time | null
}

export interface IssuedToken extends Token {
  token: string
}

export interface Totp {
  secret: string
  otpauth_url: string
  qr_svg?: string
}
