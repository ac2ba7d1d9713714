import assert from 'node:assert/strict'
import test from 'node:test'
import { followed, type Profile, statedOf } from '../src/screens/devices/device'

const PROFILE: Profile = {
  model: 'gt06n', model_by: 'profile', timezone: '+08:00', timezone_by: 'model', checksum: null, checksum_by: 'profile', acknowledgement: 'every', acknowledgement_by: 'protocol',
}

test('only what somebody set of a terminal is stated, the rest is left to its model', () => {
  assert.deepEqual(statedOf(PROFILE), { model: 'gt06n', timezone: '', checksum: '', acknowledgement: '' })
  assert.deepEqual(statedOf(null), { model: '', timezone: '', checksum: '', acknowledgement: '' })
})

test('a profile that is told anew leaves what is being chosen', () => {
  const seen = statedOf(PROFILE)
  const chosen = { ...seen, timezone: '+09:00' }
  assert.deepEqual(followed(chosen, seen, statedOf({ ...PROFILE })), chosen)
})

test('what somebody else sets meanwhile is followed by the fields that were not touched', () => {
  const seen = statedOf(PROFILE)
  const told = { ...seen, model: 'gt06e', timezone: '+05:00' }
  assert.deepEqual(followed(seen, seen, told), told)
  assert.deepEqual(followed({ ...seen, timezone: '+09:00' }, seen, told), { ...told, timezone: '+09:00' })
})
