import assert from 'node:assert/strict'
import test from 'node:test'
import { partsOf } from '../src/screens/audit/subject'

const told = (action: string, subject: string): string => partsOf(action, subject).map(({ kind, text }) => `${kind || '?'}:${text}`).join(' ')

test('what a line of the audit log is about is told part by part, as the server writes it', () => {
  const cases: [action: string, subject: string, parts: string][] = [
    ['acknowledge', '5e1f', 'alert:5e1f'],
    ['assign', '5e1f to Li Wei', 'alert:5e1f owner:Li Wei'],
    ['read', 'track vehicle=粤B90001 from=2026-11-28T00:00:00Z to=-', 'read:track vehicle:粤B90001 from:2026-11-28T00:00:00Z'],
    ['read', 'alert 5e1f vehicle=粤B90001', 'read:alert vehicle:粤B90001 alert:5e1f'],
    ['read', 'stream 12 vehicles', 'read:stream vehicles:12'],
    ['read', 'stream positions bbox=all', 'read:stream bbox:all'],
    ['read', 'loan DEMO-1', 'read:loan contract:DEMO-1'],
    ['read_failed', 'state vehicle=B1: no such vehicle', 'read:state vehicle:B1 error:no such vehicle'],
    ['bind', '2 bindings: 13 on B1 from 2026-08-30T09:05:34Z; 14 on B2 from 2026-08-30T09:05:34Z to 2026-09-01T00:00:00Z; and 40 more',
      'terminal:13 vehicle:B1 from:2026-08-30T09:05:34Z terminal:14 vehicle:B2 from:2026-08-30T09:05:34Z to:2026-09-01T00:00:00Z more:40'],
    ['reject_terminal', '13: not_ours', 'terminal:13 reason:not_ours'],
    ['command', '13 params set heartbeat 180 s', 'terminal:13 order:params set heartbeat 180 s'],
    ['user_added', 'wang collector lenders=main,other regions=all', 'user:wang role:collector lenders:main,other regions:all'],
    ['team_added', 'South Coast lenders=all regions=all members=wang,li', 'team:South Coast lenders:all regions:all members:wang,li'],
    ['set_places', '2 set, 1 removed', 'places_set:2 places_removed:1'],
    ['rule_set', '', ''],
    ['assign', 'a shape of another version', '?:a shape of another version'],
    ['of_another_version', 'x=y', '?:x=y'],
  ]
  for (const [action, subject, parts] of cases) assert.equal(told(action, subject), parts, action)
})
